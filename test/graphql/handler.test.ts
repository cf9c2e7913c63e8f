import { describe, expect, it } from 'vitest';
import { meetingOf } from '../../sandbox/meeting.ts';
import { createCallerIdentifier } from '../../src/auth/caller.ts';
import { createExecutor } from '../../src/graphql/execute.ts';
import { createErrorFormatter } from '../../src/graphql/format-error.ts';
import type { HandlerOptions } from '../../src/graphql/handler.ts';
import { createHandler } from '../../src/graphql/handler.ts';
import { useDocumentRules } from '../../src/graphql/plugins/document-cache.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { GatewayError } from '../../src/lib/errors.ts';
import type { RequestContext } from '../../src/lib/request-context.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import type { MeetingLoader } from '../../src/luminus/meeting-loader.ts';
import { schema } from '../../src/schema/index.ts';
import { HttpError } from '../../src/server/http-error.ts';
import type { HttpRequest } from '../../src/server/http-message.ts';
import { createMemoryLog } from '../support/log.ts';
import { meetingNumber } from '../support/upstream.ts';

const ID = meetingNumber(1);
const QUERY = `query Meeting { syncMeeting(id: "${ID}") { id } }`;
const DATA = { syncMeeting: { id: ID } };

const identify = createCallerIdentifier();
const caller = identify({ subscriptionKey: 'key', keyFrom: 'caller', authorization: 'Bearer token' });

/** Loads any meeting as it is in the sandbox. */
const meetings: MeetingLoader = {
  load: async id => ({ ...meetingOf(id), id, alternativeHosts: [] }),
  checkListBudget() {},
};

/** A handler in this process, and what it was notified of. */
function openHandler(options: Partial<HandlerOptions> = {}) {
  const { observer, lines } = createMemoryLog();
  const handle = createHandler({
    execute: createExecutor(schema, [useDocumentRules([])]),
    formatError: createErrorFormatter({ hidesSchema: false, observer }),
    authenticate: () => caller,
    createLoaders: () => ({ meetings }),
    isAccepted: () => true,
    batchLimit: 3,
    allowSimpleGet: () => false,
    ...options,
  });
  return { handle, lines };
}

/** A request without a socket. */
function requestOf(body: unknown, changes: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    rawHeaders: [],
    headBytes: 200,
    isClosed: false,
    createContext() {
      const { context, finish } = createRequestContext('the-id', 1_000, systemClock);
      finish();
      return context;
    },
    readQuery: () => new Map(),
    readBody: async () => (typeof body === 'string' ? body : JSON.stringify(body)),
    ...changes,
  };
}

/** The response to a request, its body parsed. */
async function answer(body: unknown, changes?: Partial<HttpRequest>, options?: Partial<HandlerOptions>) {
  const response = await openHandler(options).handle(requestOf(body, changes));
  return { ...response, body: JSON.parse(String(response.body)) };
}

describe('an operation', () => {
  it('is answered with its result, and with what observers are told of it', async () => {
    expect(await answer({ query: QUERY })).toEqual({
      status: 200,
      headers: { 'Content-Type': 'application/json; charset=utf-8' },
      body: { data: DATA },
      summary: {
        codes: [],
        operations: [
          {
            name: 'Meeting',
            type: 'query',
            outcome: 'ok',
            startedAt: expect.any(Number),
            endedAt: expect.any(Number),
          },
        ],
        callerId: caller.id,
      },
    });
  });

  it('without a name has none in the summary', async () => {
    const { summary } = await answer({ query: '{ __typename }' });
    expect(summary?.operations).toMatchObject([{ name: null, type: 'query', outcome: 'ok' }]);
  });

  it('is answered in the media type that the client prefers', async () => {
    const accept = 'text/html, application/graphql-response+json, application/json';
    const headers = { 'content-type': 'application/json', accept };
    const { status, headers: sent } = await answer({ query: '{' }, { headers });
    expect([status, sent['Content-Type']]).toEqual([400, 'application/graphql-response+json; charset=utf-8']);
  });

  it.each([
    [{ query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    [{ query: '{ nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [{ query: QUERY, operationName: 'Other' }, 'OPERATION_RESOLUTION_FAILURE'],
    [{}, 'BAD_REQUEST'],
    ['"text"', 'BAD_REQUEST'],
  ])('%j fails with %s, under the id of the request', async (body, code) => {
    const { body: result, summary } = await answer(body);
    expect(result.errors).toMatchObject([{ extensions: { code, requestId: 'the-id' } }]);
    const operations = [{ name: null, outcome: 'failed' }];
    expect(summary).toMatchObject({ codes: [code], operations, callerId: caller.id });
  });
});

describe('a batch', () => {
  const hello = { query: 'query Hello { __typename }' };

  it.each([1, 2, 3])('of %i operations is answered with as many results', async size => {
    const { body, summary } = await answer(Array(size).fill(hello));
    expect(body).toEqual(Array(size).fill({ data: { __typename: 'Query' } }));
    expect(summary?.operations).toMatchObject(Array(size).fill({ name: 'Hello', outcome: 'ok' }));
  });

  it.each([
    [0, 3, 'BAD_REQUEST'],
    [4, 3, 'LIMIT_EXCEEDED'],
    [1, 0, 'BAD_REQUEST'],
  ])('of %i operations where %i are allowed is refused', async (size, batchLimit, code) => {
    const { handle } = openHandler({ batchLimit });
    await expect(handle(requestOf(Array(size).fill(hello)))).rejects.toMatchObject({ status: 400, code });
  });

  it('has the same loaders for all its operations', async () => {
    let created = 0;
    const createLoaders = () => {
      created += 1;
      return { meetings };
    };
    await answer(Array(3).fill({ query: QUERY }), {}, { createLoaders });
    expect(created).toBe(1);
  });
});

describe('a request that is refused', () => {
  /** One whose body must not be read. */
  const unread = { readBody: () => Promise.reject(new Error('read')) };

  it.each([
    [406, { 'content-type': 'application/json', accept: 'text/html' }],
    [415, { 'content-type': 'text/plain' }],
    [415, {}],
    [415, { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
  ])('with %i has no context, and its body is not read', async (status, headers) => {
    const createContext = (): RequestContext => {
      throw new Error('created');
    };
    const refused = openHandler().handle(requestOf('', { ...unread, createContext, headers }));
    await expect(refused).rejects.toMatchObject({ status });
  });

  it('for its body gets the error of the server', async () => {
    const tooLarge = new HttpError(413, 'LIMIT_EXCEEDED', 'The body is too large.');
    const refused = openHandler().handle(requestOf('', { readBody: () => Promise.reject(tooLarge) }));
    await expect(refused).rejects.toBe(tooLarge);
  });

  it('as its body is no JSON is not authenticated', async () => {
    const authenticate = () => {
      throw new Error('authenticated');
    };
    const { handle } = openHandler({ authenticate });
    await expect(handle(requestOf('{'))).rejects.toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });
});

describe('a caller', () => {
  it.each([
    ['is known at once', caller],
    ['is known after a while', Promise.resolve(caller)],
  ])('that %s has loaders of its own, for the context of the request', async (_when, authenticated) => {
    const loadedFor: unknown[] = [];
    const { handle } = openHandler({
      authenticate: () => authenticated,
      createLoaders: (of, { requestId }) => {
        loadedFor.push(of, requestId);
        return { meetings };
      },
    });
    await handle(requestOf({ query: QUERY }));
    expect(loadedFor).toEqual([caller, 'the-id']);
  });

  it('that cannot be authenticated gets the fields that need no caller', async () => {
    const authenticate = () => new GatewayError('UNAUTHENTICATED');
    const { status, body, summary } = await answer(
      { query: `{ __typename syncMeeting(id: "${ID}") { id } }` },
      {},
      { authenticate },
    );
    expect([status, body.data]).toEqual([200, { __typename: 'Query', syncMeeting: null }]);
    expect(body.errors).toMatchObject([{ path: ['syncMeeting'] }]);
    const operations = [{ name: null, outcome: 'partial' }];
    expect(summary).toMatchObject({ codes: ['UNAUTHENTICATED'], operations, callerId: null });
  });
});

it('a client that has disconnected gets no response, and errors of its request are not reported', async () => {
  const { handle, lines } = openHandler({
    createLoaders: () => ({ meetings: { ...meetings, load: () => Promise.reject(new Error('cancelled')) } }),
  });
  const { status, body, summary } = await handle(requestOf({ query: QUERY }, { isClosed: true }));
  expect([status, body]).toEqual([499, '']);
  const operations = [{ name: 'Meeting', outcome: null }];
  expect(summary).toMatchObject({ codes: [], operations, callerId: caller.id });
  expect(lines).toEqual([]);
});

it('an unexpected error is masked, and observers are notified of it', async () => {
  const secret = new RangeError('my-secret');
  const { handle, lines } = openHandler({
    createLoaders: () => ({ meetings: { ...meetings, load: () => Promise.reject(secret) } }),
  });
  const { body } = await handle(requestOf({ query: QUERY }));
  expect(body).toContain('INTERNAL_SERVER_ERROR');
  expect(JSON.stringify([body, lines])).not.toContain('my-secret');
  expect(lines).toMatchObject([{ message: 'unexpected error', fields: { requestId: 'the-id' } }]);
});
