import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { createClient } from 'graphql-http';
import { expect, it } from 'vitest';
import { ID, startDev } from './support.ts';

const MEETING = gql`query Meeting($id: UUID!) { syncMeeting(id: $id) { id name } }`;
const headers = { Authorization: 'Bearer token' };
const clientOver = (link: ApolloLink) => new ApolloClient({ link, cache: new InMemoryCache() });

it('Apollo Client sends hashes by GET, where useGETForHashedQueries is on', async () => {
  await using dev = await startDev({ ALLOW_SIMPLE_GET: 'false' });
  const methods: string[] = [];
  const watched: typeof fetch = (input, init) => {
    methods.push(init?.method ?? 'GET');
    return fetch(input, init);
  };
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const hashes = new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
  const http = new HttpLink({ uri: dev.url, headers, fetch: watched });
  for (const expected of [['GET', 'POST'], ['GET']]) {
    const client = clientOver(ApolloLink.from([hashes, http]));
    const { data } = await client.query({ query: MEETING, variables: { id: ID } });
    expect(data).toMatchObject({ syncMeeting: { id: ID } });
    expect(methods.splice(0)).toEqual(expected);
  }
});

it('Apollo Client with batches, where they are off, shows each query why', async () => {
  await using dev = await startDev();
  const client = clientOver(new BatchHttpLink({ uri: dev.url, headers, batchMax: 2 }));
  const ask = () =>
    client.query({
      query: MEETING,
      variables: { id: ID },
      errorPolicy: 'all',
      fetchPolicy: 'network-only',
      context: { queryDeduplication: false },
    });
  const results = await Promise.all([ask(), ask()]);
  for (const { error } of results) expect(error?.message).toContain('Batches are off here.');
});

it('the client of graphql-http gets an answer by GET', async () => {
  await using dev = await startDev({ ALLOW_SIMPLE_GET: 'false' });
  const params = new URLSearchParams({ query: '{ __typename }' });
  const client = createClient({
    url: `${dev.url}?${params}`,
    headers,
    fetchFn: (url: string, { body: _body, ...init }: RequestInit) => fetch(url, { ...init, method: 'GET' }),
  });
  const result = await new Promise((resolve, reject) => {
    client.subscribe({ query: '{ __typename }' }, { next: resolve, error: reject, complete: () => {} });
  });
  expect(result).toEqual({ data: { __typename: 'Query' } });
});
