import { gql, type TypedDocumentNode } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { afterAll, beforeAll, beforeEach, expect, expectTypeOf, test } from 'vitest';
import { meetingOf } from '../../../sandbox/meeting.ts';
import { scenarioId } from '../../../sandbox/scenarios.ts';
import { type Sandbox, startSandbox } from '../../../sandbox/server.ts';
import { type Running, startGateway } from '../servers.ts';
import { createClient } from '../src/apollo.ts';
import { troubleAt } from '../src/failure.ts';
import { OneMeetingDocument, WeekDocument } from '../src/gql/graphql.ts';

const ID = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';
const OTHER_ID = '0156955c-226a-4757-9b97-f2d63f354adc';
const [FORBIDDEN, LIMITED, GONE, SILENT] = [403, 429, 404, 617].map(scenarioId);

let sandbox: Sandbox;
let gateway: Running;

beforeAll(async () => {
  sandbox = await startSandbox();
  gateway = await startGateway(sandbox.url);
});

beforeEach(() => sandbox.clear());

afterAll(async () => {
  await sandbox.close();
  await gateway[Symbol.asyncDispose]();
});

function newClient() {
  return createClient({ uri: gateway.url, token: () => 'demo' });
}

test('the compiler knows what syncMeeting takes and gives', async () => {
  const { data } = await newClient().query({ query: OneMeetingDocument, variables: { id: ID } });
  expect(data?.syncMeeting).toMatchObject({ __typename: 'ZoomMeeting', id: ID, name: meetingOf(ID).name });

  expectTypeOf(data?.syncMeeting?.startDate).toEqualTypeOf<string | null | undefined>();
  expectTypeOf(data?.syncMeeting?.recordType).toEqualTypeOf<
    'NONE' | 'CLOUD' | 'LOCAL' | 'UNKNOWN' | null | undefined
  >();
  // @ts-expect-error: the query does not ask for it.
  expect(data?.syncMeeting?.hostKey).toBeUndefined();
  // @ts-expect-error: the id must be given.
  const forgotten = () => newClient().query({ query: OneMeetingDocument, variables: {} });
  expect(forgotten).toBeTypeOf('function');
});

test("the token of the user goes to LumiNUS, with the gateway's key", async () => {
  await newClient().query({ query: OneMeetingDocument, variables: { id: ID } });
  expect(sandbox.hits[0]?.headers).toMatchObject({
    authorization: 'Bearer demo',
    'ocp-apim-subscription-key': 'sandbox-key',
  });
});

test('two queries for one meeting merge into one entry of the cache', async () => {
  const client = newClient();
  const hostQuery: TypedDocumentNode<{ syncMeeting: { userName: string | null } | null }, { id: string }> =
    gql`
    query Host($id: UUID!) {
      syncMeeting(id: $id) {
        id
        userName
      }
    }
  `;
  await client.query({ query: WeekDocument, variables: { ids: [ID] } });
  await client.query({ query: hostQuery, variables: { id: ID.toUpperCase() } });

  const { topic, userName } = meetingOf(ID);
  expect(client.cache.extract()).toEqual({
    ROOT_QUERY: expect.anything(),
    [`ZoomMeeting:${ID}`]: expect.objectContaining({ topic, userName }),
  });
});

test('a partly failed list gives the good ones, and the codes of the bad at their places', async () => {
  const ids = [ID, FORBIDDEN, OTHER_ID, LIMITED, GONE].map(String);
  const { data, error } = await newClient().query({
    query: WeekDocument,
    variables: { ids },
    errorPolicy: 'all',
  });
  expect(data?.syncMeetings.map(meeting => meeting?.id)).toEqual([
    ID,
    undefined,
    OTHER_ID,
    undefined,
    undefined,
  ]);
  expect(CombinedGraphQLErrors.is(error)).toBe(true);
  const failures = ids.map((_, index) => troubleAt(error, ['syncMeetings', index]).failure);
  expect(failures.map(failure => failure?.code)).toEqual([
    undefined,
    'FORBIDDEN',
    undefined,
    'UPSTREAM_RATE_LIMITED',
    'NOT_FOUND',
  ]);
  expect(failures.map(failure => failure?.retryable)).toEqual([undefined, false, undefined, true, false]);
  expect(failures[3]?.retryAfter).toBe(57);
});

test('a field that cannot be read is told apart from a meeting that failed', async () => {
  const { data, error } = await newClient().query({
    query: OneMeetingDocument,
    variables: { id: scenarioId(725) },
    errorPolicy: 'all',
  });
  expect(data?.syncMeeting).toMatchObject({ joinUrl: null, name: meetingOf(scenarioId(725)).name });
  expect(troubleAt(error, ['syncMeeting'])).toEqual({ failure: null, unreadable: ['joinUrl'] });
});

test('a query that is aborted aborts the call to LumiNUS', async () => {
  const controller = new AbortController();
  const asking = newClient().query({
    query: OneMeetingDocument,
    variables: { id: String(SILENT) },
    context: { fetchOptions: { signal: controller.signal } },
  });
  await sandbox.hit(1);
  controller.abort();
  await expect(asking).rejects.toThrow(/abort/i);
  await sandbox.idle();
  expect(sandbox.hits.map(({ outcome }) => outcome)).toEqual(['cut']);
});

test('a query that nobody watches any more aborts the call, too', async () => {
  const watched = newClient().watchQuery({ query: OneMeetingDocument, variables: { id: String(SILENT) } });
  const watching = watched.subscribe({});
  await sandbox.hit(1);
  watching.unsubscribe();
  await sandbox.idle();
  expect(sandbox.hits.map(({ outcome }) => outcome)).toEqual(['cut']);
});
