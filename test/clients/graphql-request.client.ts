import { initGraphQLTada } from 'gql.tada';
import { print } from 'graphql';
import { ClientError, GraphQLClient } from 'graphql-request';
import { expect, expectTypeOf, it } from 'vitest';
import type { introspection } from './generated/tada.d.ts';
import { FAILING, ID, startDev } from './support.ts';

/** The types of queries come from the schema, without generated code. */
const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { UUID: string; DateTime: string };
}>();

const WEEK = graphql('query Week($ids: [UUID!]!) { syncMeetings(ids: $ids) { id name startDate } }');

it('graphql-request sends a document of gql.tada, and knows what comes back', async () => {
  await using dev = await startDev();
  const headers = { Authorization: 'Bearer token' };
  const client = new GraphQLClient(dev.url, { headers, errorPolicy: 'all' });
  const { syncMeetings } = await client.request(WEEK, { ids: [ID, FAILING] });
  expectTypeOf(syncMeetings[0]?.startDate).toEqualTypeOf<string | null | undefined>();
  expect(syncMeetings).toMatchObject([{ id: ID }, null]);
  const { errors } = await client.rawRequest(print(WEEK), { ids: [ID, FAILING] });
  expect(errors).toMatchObject([{ path: ['syncMeetings', 1], extensions: { code: 'FORBIDDEN' } }]);
});

it('graphql-request by GET has its header', async () => {
  await using dev = await startDev({ ALLOW_SIMPLE_GET: 'false' });
  const headers = { 'Apollo-Require-Preflight': 'true' };
  const client = new GraphQLClient(dev.url, { method: 'GET', jsonSerializer: JSON, headers });
  expect(await client.request('{ __typename }')).toEqual({ __typename: 'Query' });
});

it('graphql-request by its default policy throws the errors', async () => {
  await using dev = await startDev();
  const failed = await new GraphQLClient(dev.url)
    .request(WEEK, { ids: [FAILING] })
    .catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(ClientError);
  expect(String(failed)).toContain('FORBIDDEN');
});
