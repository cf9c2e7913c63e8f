import { Client, fetchExchange, gql } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { expect, it } from 'vitest';
import { ID, SCHEMA, startDev } from './support.ts';

/** Graphcache knows the types of the gateway by its introspection, and an entity by its id. */
const cache = () => cacheExchange({ schema: SCHEMA });

it('urql works with its defaults, and sends queries by GET', async () => {
  await using dev = await startDev();
  const client = new Client({ url: dev.url, exchanges: [fetchExchange] });
  const result = await client.query(gql`{ syncMeeting(id: "${ID}") { id name } }`, {});
  expect([result.error, result.data]).toEqual([
    undefined,
    { syncMeeting: expect.objectContaining({ id: ID }) },
  ]);
});

it('urql with Graphcache and credentials finds a meeting again in the cache', async () => {
  await using dev = await startDev({ ALLOW_SIMPLE_GET: 'false', ALLOW_ANONYMOUS: 'false' });
  const { url } = dev;
  const client = new Client({
    url,
    exchanges: [cache(), fetchExchange],
    fetchOptions: () => ({ headers: { Authorization: 'Bearer token' } }),
  });
  const week = gql`query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id name } }`;
  const { data, error } = await client.query(week, { ids: [ID] });
  expect([error, data]).toEqual([undefined, { syncMeetings: [expect.objectContaining({ id: ID })] }]);
  const again = client.readQuery(week, { ids: [ID] });
  expect(again?.data).toEqual(data);
});

it('urql without any of the headers is told which to add', async () => {
  await using dev = await startDev({ ALLOW_SIMPLE_GET: 'false' });
  const client = new Client({ url: dev.url, exchanges: [fetchExchange] });
  const { error } = await client.query('{ __typename }', {});
  expect(error?.message).toContain('Apollo-Require-Preflight');
});
