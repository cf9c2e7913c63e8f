import { join } from 'node:path';
import { type ApolloLink, gql, HttpLink } from '@apollo/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { scenarioId } from '../../../sandbox/scenarios.ts';
import { type Sandbox, startSandbox } from '../../../sandbox/server.ts';
import { type Running, startGateway } from '../servers.ts';
import { createClient } from '../src/apollo.ts';
import { failureOfRequest, troubleAt } from '../src/failure.ts';
import { OneMeetingDocument, WeekDocument } from '../src/gql/graphql.ts';
import { byHash, fromManifest, inBatches } from '../src/links.ts';

const ID = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';
const OTHER_ID = '0156955c-226a-4757-9b97-f2d63f354adc';
const FORBIDDEN = scenarioId(403);
const MANIFEST = join(import.meta.dirname, '../src/gql/persisted-documents.json');

/** A query that codegen has not seen. */
const AD_HOC = gql`
  query AdHoc($id: UUID!) {
    syncMeeting(id: $id) {
      id
      hostKey
    }
  }
`;

let sandbox: Sandbox;
let plain: Running;
let batching: Running;
let trusting: Running;

beforeAll(async () => {
  sandbox = await startSandbox();
  [plain, batching, trusting] = await Promise.all([
    startGateway(sandbox.url),
    startGateway(sandbox.url, 0, { BATCH_LIMIT: '3' }),
    startGateway(sandbox.url, 0, { PERSISTED_DOCUMENTS: MANIFEST, BATCH_LIMIT: '3' }),
  ]);
});

afterAll(async () => {
  await sandbox.close();
  for (const gateway of [plain, batching, trusting]) await gateway[Symbol.asyncDispose]();
});

const fetchSpy = vi.spyOn(globalThis, 'fetch');
beforeEach(() => {
  fetchSpy.mockClear();
  sandbox.clear();
});

/** What each HTTP request held so far. */
function requests() {
  return fetchSpy.mock.calls.map(([, init]) =>
    JSON.parse(typeof init?.body === 'string' ? init.body : 'null'),
  );
}

/** Whether each request held the text of its query. */
const heldText = () => requests().map(request => 'query' in request);

function clientOver({ url: uri }: Running, link: (http: ApolloLink) => ApolloLink, http?: ApolloLink) {
  return createClient({ uri, token: () => 'demo', transport: link(http ?? new HttpLink({ uri })) });
}

function batchingClient({ url: uri }: Running, batchMax: number) {
  return createClient({ uri, token: () => 'demo', transport: inBatches(uri, batchMax) });
}

const one = (id: string) => ({ query: OneMeetingDocument, variables: { id }, errorPolicy: 'all' }) as const;
const week = (...ids: string[]) => ({ query: WeekDocument, variables: { ids }, errorPolicy: 'all' }) as const;

describe('queries by hash', () => {
  test('take two requests at first sight, and one from then on, for any client', async () => {
    const first = await clientOver(plain, byHash).query(one(ID));
    expect([first.data?.syncMeeting?.id, heldText()]).toEqual([ID, [false, true]]);

    const client = clientOver(plain, byHash);
    expect((await client.query(one(OTHER_ID))).data?.syncMeeting?.id).toBe(OTHER_ID);
    expect((await client.query(one(ID))).data?.syncMeeting?.id).toBe(ID);
    expect(heldText()).toEqual([false, true, false, false]);
    expect(sandbox.hits).toHaveLength(3);
  });

  test('give the good meetings and the errors of the others, at either sight', async () => {
    for (const sight of ['first', 'later']) {
      const { data, error } = await clientOver(plain, byHash).query(week(ID, FORBIDDEN));
      expect([sight, data?.syncMeetings.map(meeting => meeting?.id)]).toEqual([sight, [ID, undefined]]);
      expect(troubleAt(error, ['syncMeetings', 1]).failure?.code).toBe('FORBIDDEN');
    }
    expect(heldText()).toEqual([false, true, false]);
  });
});

describe('the operations of a manifest', () => {
  test('run by name alone, each in one request, and reach the cache as before', async () => {
    const client = clientOver(trusting, fromManifest);
    const all = await client.query(week(ID, FORBIDDEN));
    expect(all.data?.syncMeetings.map(meeting => meeting?.id)).toEqual([ID, undefined]);
    expect(troubleAt(all.error, ['syncMeetings', 1]).failure?.code).toBe('FORBIDDEN');
    const { data } = await client.query({ ...one(OTHER_ID) });
    expect(data?.syncMeeting).toMatchObject({ __typename: 'ZoomMeeting', id: OTHER_ID });
    expect(heldText()).toEqual([false, false]);
    expect(client.cache.extract()).toMatchObject({
      [`ZoomMeeting:${ID}`]: { id: ID },
      [`ZoomMeeting:${OTHER_ID}`]: { id: OTHER_ID },
    });
  });

  test('are all that runs, and what does not is told with its code', async () => {
    const { error } = await clientOver(trusting, fromManifest).query({
      query: AD_HOC,
      variables: { id: ID },
      errorPolicy: 'all',
    });
    expect(failureOfRequest(error)).toMatchObject({
      code: 'PERSISTED_DOCUMENT_UNKNOWN',
      message: expect.stringContaining('not in the manifest'),
      retryable: false,
    });
    expect(heldText()).toEqual([false]);
    expect(sandbox.hits).toHaveLength(0);
  });

  test('leave no way for another query: neither its text nor its hash', async () => {
    const queries = [
      createClient({ uri: trusting.url, token: () => 'demo' }),
      clientOver(trusting, byHash),
    ].map(client => client.query({ query: AD_HOC, variables: { id: ID }, errorPolicy: 'all' }));
    for (const { error } of await Promise.all(queries)) {
      expect(failureOfRequest(error).code).toBe('PERSISTED_DOCUMENT_UNKNOWN');
    }
    expect(sandbox.hits).toHaveLength(0);
  });
});

describe('a batch', () => {
  test('is one HTTP request, and calls once for a meeting that several of its queries name', async () => {
    const client = batchingClient(batching, 3);
    const [first, second, all] = await Promise.all([
      client.query(one(ID)),
      client.query(one(OTHER_ID)),
      client.query(week(OTHER_ID, FORBIDDEN, ID)),
    ]);
    expect([first.data?.syncMeeting?.id, second.data?.syncMeeting?.id]).toEqual([ID, OTHER_ID]);
    expect(all.data?.syncMeetings.map(meeting => meeting?.id)).toEqual([OTHER_ID, undefined, ID]);
    expect(troubleAt(all.error, ['syncMeetings', 1]).failure?.code).toBe('FORBIDDEN');
    expect(requests().map(batch => batch.length)).toEqual([3]);
    expect(sandbox.hits).toHaveLength(3);
  });

  test('of hashes works, too: the unknown ones alone are sent again', async () => {
    const client = clientOver(batching, byHash, inBatches(batching.url, 3));
    expect((await client.query(one(ID))).data?.syncMeeting?.id).toBe(ID);
    fetchSpy.mockClear();
    const [known, unknown] = await Promise.all([client.query(one(OTHER_ID)), client.query(week(ID))]);
    expect([known.data?.syncMeeting?.id, unknown.data?.syncMeetings[0]?.id]).toEqual([OTHER_ID, ID]);
    expect(requests().map(batch => batch.map((operation: object) => 'query' in operation))).toEqual([
      [false, false],
      [true],
    ]);
  });

  test.for([
    ['of more than BATCH_LIMIT', () => batching, 4, 'LIMIT_EXCEEDED', 'more than 3 operations'],
    ['where batches are off', () => plain, 1, 'BAD_REQUEST', 'Batches are off here'],
  ] as const)(
    '%s is refused as one error that each of its queries gets',
    async ([, gateway, count, code, sentence]) => {
      const client = batchingClient(gateway(), 10);
      const ids = Array.from({ length: count }, (_, n) => scenarioId(630 + n));
      const answers = await Promise.all(ids.map(id => client.query(one(id))));
      for (const { error } of answers) {
        expect(failureOfRequest(error)).toMatchObject({
          code,
          message: expect.stringContaining(sentence),
          retryable: false,
        });
      }
      expect(requests()).toHaveLength(1);
      expect(sandbox.hits).toHaveLength(0);
    },
  );
});
