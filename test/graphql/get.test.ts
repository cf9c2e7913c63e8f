import { beforeAll, describe, expect, it } from 'vitest';
import { meetingBut } from '../../sandbox/reply.ts';
import { readConfig } from '../../src/config/load.ts';
import { startGateway } from '../../src/gateway.ts';
import { readManifest } from '../../src/graphql/plugins/manifest.ts';
import { schema } from '../../src/schema/index.ts';
import { MAX_PARAMETERS } from '../../src/server/read-query.ts';
import type { HttpAnswer } from '../support/http.ts';
import { expectRefusal, HELLO_ANSWER, send, sendRaw } from '../support/http.ts';
import { createMemoryLog } from '../support/log.ts';
import { newText, sha256 } from '../support/persisted.ts';
import { meetingNumber } from '../support/upstream.ts';
import type { World } from '../support/world.ts';
import { CREDENTIALS, openWorld } from '../support/world.ts';

const ID = meetingNumber(1);
const MEETING = 'query Meeting($id: UUID!) { syncMeeting(id: $id) { id } }';
const VARIABLES = JSON.stringify({ id: ID });
const HELLO = '{ __typename }';
const PREFLIGHT = { 'apollo-require-preflight': 'true' };

let world: World;
beforeAll(async () => {
  world = await openWorld();
  return () => world[Symbol.asyncDispose]();
});

type Params = Readonly<Record<string, string>> | string;

/** Sends a GET request; by default signed in. */
const get = (params: Params, headers: Readonly<Record<string, string>> = CREDENTIALS, { gateway } = world) =>
  send(`${gateway.url}?${new URLSearchParams(params)}`, { headers });

const resultOf = ({ status, text }: HttpAnswer) => [status, JSON.parse(text)];

describe('a query by GET', () => {
  it('is executed with its variables, and nobody may keep the answer', async () => {
    const answer = await get({ query: MEETING, variables: VARIABLES });
    expect(resultOf(answer)).toEqual([200, { data: { syncMeeting: { id: ID } } }]);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(answer.headers.has('etag')).toBe(false);
  });

  it('is chosen by its name among others, also beside a mutation', async () => {
    const query = `query A { __typename } ${MEETING} mutation M { __typename }`;
    const answer = await get({ query, operationName: 'Meeting', variables: VARIABLES });
    expect(resultOf(answer)).toEqual([200, { data: { syncMeeting: { id: ID } } }]);
  });

  it('may have parameters that are empty, as if they were not sent', async () => {
    const answer = await get({ query: HELLO, operationName: '', variables: '', extensions: '' });
    expect(answer.text).toBe(HELLO_ANSWER);
  });

  it('may have variables and extensions that are null', async () => {
    expect((await get({ query: HELLO, variables: 'null', extensions: 'null' })).text).toBe(HELLO_ANSWER);
  });

  it.each([
    ['application/graphql-response+json', 400],
    ['application/json', 200],
  ])('that is no query is answered in %s with %i', async (accept, status) => {
    const answer = await get({ query: '{ nothing }' }, { ...CREDENTIALS, accept });
    expectRefusal(answer, status, 'GRAPHQL_VALIDATION_FAILED');
    expect(answer.headers.get('content-type')).toContain(accept);
  });

  it('of a caller without credentials fails where it needs them', async () => {
    const { text } = await get({ query: MEETING, variables: VARIABLES }, PREFLIGHT);
    expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('is logged by its name alone', async () => {
    const { headers } = await get({ query: `${MEETING} # text`, variables: VARIABLES });
    const requestId = headers.get('x-request-id');
    await world.logged('request', 1);
    const line = world.lines.find(({ fields }) => fields['requestId'] === requestId && 'status' in fields);
    expect(line?.fields).toMatchObject({ operation: 'Meeting', status: 200, calls: 1 });
    expect(JSON.stringify(world.lines)).not.toMatch(/syncMeeting|# text|query=/);
  });
});

describe('a GET request', () => {
  it.each([
    ['Authorization', 'Bearer token'],
    ['authorization', 'bearer token'],
    ['Ocp-Apim-Subscription-Key', 'sandbox-key'],
    ['Apollo-Require-Preflight', 'true'],
    ['Apollo-Require-Preflight', ''],
    ['X-GraphQL-Yoga-CSRF', '1'],
  ])('with %s: %s is answered', async (name, value) => {
    expect(await get({ query: HELLO }, { [name]: value })).toMatchObject({
      status: 200,
      text: HELLO_ANSWER,
    });
  });

  it.each([
    ['none of them', {}],
    ['what any page may send', { accept: 'application/json', 'content-language': 'en', cookie: 'a=1' }],
    ['a content type', { 'content-type': 'application/json' }],
    ['what a browser adds by itself for Basic', { authorization: 'Basic dXNlcjpwYXNz' }],
    ['what a browser adds by itself for Negotiate', { authorization: 'Negotiate abc' }],
    ['a scheme that only begins with Bearer', { authorization: 'Bearers token' }],
    ['a listed origin', { origin: 'https://app.example' }],
    ['a page of the same origin', { 'sec-fetch-site': 'same-origin' }],
  ])('with %s is refused, is told which header to add, and runs nothing', async (_what, headers) => {
    world.sandbox.clear();
    const answer = await get({ query: MEETING, variables: VARIABLES }, headers);
    const message = expectRefusal(answer, 400, 'BAD_REQUEST');
    for (const name of Object.keys({ ...CREDENTIALS, ...PREFLIGHT, 'x-graphql-yoga-csrf': '' })) {
      expect(message.toLowerCase()).toContain(name);
    }
    expect(world.sandbox.hits).toHaveLength(0);
  });

  it.each([
    ['a variable that is no JSON', { query: HELLO, variables: '{' }, 'variables'],
    ['extensions that are no JSON', { query: HELLO, extensions: 'a' }, 'extensions'],
    ['a list of variables', { query: HELLO, variables: '[]' }, 'variables'],
    ['extensions that are a text', { query: HELLO, extensions: '"a"' }, 'extensions'],
    ['no query', {}, 'no query'],
    ['an empty query', { query: '' }, 'no query'],
    ['a parameter that is unknown', { query: HELLO, 'subscription-key': 'a' }, 'Leave out all else'],
    ['a name that an object has', { query: HELLO, __proto__x: 'a' }, 'Leave out all else'],
    ['a parameter twice', `query=${HELLO}&query=${HELLO}`, 'twice'],
    ['a parameter twice, once encoded', `query=${HELLO}&%71uery=${HELLO}`, 'twice'],
    ['an empty parameter twice', `query=${HELLO}&variables=&variables=`, 'twice'],
    ['a percent sign of its own', 'query=%', 'percent-encoded'],
    ['half a character', 'query=%E2%82', 'percent-encoded'],
    ['an overlong character', 'query=%C0%AF', 'percent-encoded'],
  ])('with %s is refused with 400, and runs nothing', async (_what, params, part) => {
    const url = `${world.gateway.url}?${typeof params === 'string' ? params : new URLSearchParams(params)}`;
    expect(expectRefusal(await send(url, { headers: CREDENTIALS }), 400, 'BAD_REQUEST')).toContain(part);
  });

  it('with a character that is not encoded is refused with 400', async () => {
    const answer = await sendRaw(
      world.gateway.url,
      'GET /graphql?query={__typename}%23\xe9 HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\nApollo-Require-Preflight: 1\r\n\r\n',
    );
    expectRefusal(answer, 400, 'BAD_REQUEST');
  });

  it.each(['mutation { __typename }', 'subscription S { __typename }', 'mutation M { nothing }'])(
    'with %s is refused with 405 and Allow: POST',
    async query => {
      const answer = await get({ query }, { ...CREDENTIALS, accept: 'application/json' });
      expect(expectRefusal(answer, 405, 'BAD_REQUEST')).toContain('POST');
      expect(answer.headers.get('allow')).toBe('POST');
    },
  );

  it('for an image is refused with 406', async () => {
    expectRefusal(await get({ query: HELLO }, { ...CREDENTIALS, accept: 'image/png' }), 406, 'BAD_REQUEST');
  });

  it.each([
    [MAX_PARAMETERS - 1, 'BAD_REQUEST'],
    [MAX_PARAMETERS, 'BAD_REQUEST'],
    [MAX_PARAMETERS + 1, 'LIMIT_EXCEEDED'],
  ])('with %i parameters is refused as %s', async (count, code) => {
    const params = Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, '1']));
    expectRefusal(await get(params), 400, code);
  });

  it('that is larger than headers may be is refused with 431', async () => {
    const answer = await get({ query: `{ __typename } #${'a'.repeat(16_384)}` });
    expectRefusal(answer, 431, 'LIMIT_EXCEEDED');
  });

  it('counts with what it holds among the requests in progress', async () => {
    await using small = await openWorld({ requestBytes: 1_000 });
    const release = Promise.withResolvers<void>();
    small.sandbox.answer(ID, async ({ response }) => {
      await release.promise;
      response.writeHead(404).end();
    });
    const first = get({ query: MEETING, variables: VARIABLES }, CREDENTIALS, small);
    await small.sandbox.hit(1);
    const second = await get({ query: `{ __typename } #${'{'.repeat(100)}` }, CREDENTIALS, small);
    expectRefusal(second, 503, 'OVERLOADED');
    release.resolve();
    expect((await first).status).toBe(200);
    expect((await get({ query: HELLO }, CREDENTIALS, small)).text).toBe(HELLO_ANSWER);
  });

  it('is answered with at most 100 bytes for each of its own', async () => {
    world.sandbox.answer(ID, meetingBut({ topic: 'x'.repeat(12_000) }));
    const request = (topics: number): string => {
      const fields = Array.from({ length: topics }, (_, n) => `a${n}:topic`).join('%20');
      return [
        `GET /graphql?query={syncMeeting(id:%22${ID}%22){${fields}}} HTTP/1.1`,
        'Host: gateway',
        'Connection: close',
        'Ocp-Apim-Subscription-Key: sandbox-key',
        '\r\n',
      ].join('\r\n');
    };
    const [small, large] = [request(1), request(3)];
    expect((await sendRaw(world.gateway.url, small)).text).toContain('x'.repeat(12_000));
    const { text } = await sendRaw(world.gateway.url, large);
    expect(text).toContain('LIMIT_EXCEEDED');
    expect(36_000).toBeGreaterThan(100 * large.length);
    world.sandbox.clear();
  });

  it('has the limits of a document', async () => {
    const name = 'x'.repeat(101);
    expectRefusal(await get({ query: `{ ${name}: __typename }` }), 200, 'LIMIT_EXCEEDED');
    const aliases = Array.from({ length: 31 }, (_, n) => `a${n}: __typename`).join(' ');
    expectRefusal(await get({ query: `{ ${aliases} }` }), 200, 'LIMIT_EXCEEDED');
  });
});

describe('a hash by GET', () => {
  const persisted = (text: string) =>
    JSON.stringify({ persistedQuery: { version: 1, sha256Hash: sha256(text) } });

  it('is unknown at first, is registered with its text, and stands for it from then on', async () => {
    const query = `${newText().slice(0, -1)} syncMeeting(id: "${ID}") { id } }`;
    const extensions = persisted(query);
    expect((await get({ extensions })).text).toContain('PersistedQueryNotFound');
    const first = await get({ query, extensions });
    expect(first.text).toContain(ID);
    expect((await get({ extensions })).text).toBe(first.text);
  });

  it('that is not that of its text is refused', async () => {
    expectRefusal(await get({ query: HELLO, extensions: persisted('other') }), 400, 'BAD_REQUEST');
  });

  it('selects a trusted document, as does its name; any other text is refused', async () => {
    const { log } = createMemoryLog();
    await using gateway = await startGateway({
      config: readConfig({ PORT: '0', UPSTREAM_URL: world.sandbox.url }),
      log,
      live: { trusted: readManifest(JSON.stringify({ hello: HELLO }), schema), subscriptionKey: null },
    });
    const ask = (params: Params) =>
      send(`${gateway.url}?${new URLSearchParams(params)}`, { headers: PREFLIGHT });
    expect((await ask({ documentId: 'hello' })).text).toBe(HELLO_ANSWER);
    expect((await ask({ extensions: persisted(HELLO) })).text).toBe(HELLO_ANSWER);
    expect((await ask({ query: HELLO })).text).toBe(HELLO_ANSWER);
    expect((await ask({ query: '{ a: __typename }' })).text).toContain('PERSISTED_DOCUMENT_UNKNOWN');
  });
});

describe('where ALLOW_SIMPLE_GET is on, a GET request without a preflight', () => {
  let simple: World;
  beforeAll(async () => {
    simple = await openWorld({
      env: { ALLOW_SIMPLE_GET: 'true', CORS_ORIGINS: 'http://localhost:5173' },
    });
    return () => simple[Symbol.asyncDispose]();
  });

  const ask = (...headers: readonly string[]) =>
    sendRaw(
      simple.gateway.url,
      `GET /graphql?query={__typename} HTTP/1.1\r\nConnection: close\r\n${headers.join('\r\n')}\r\n\r\n`,
    );

  it.each([
    ['of a program', ['Host: localhost:4000']],
    ['of a program, by address', ['Host: 127.0.0.1:4000']],
    ['of a program, by the address of IPv6', ['Host: [::1]:4000']],
    ['of a page of the gateway', ['Host: localhost:4000', 'Sec-Fetch-Site: same-origin']],
    [
      'of a page of CORS_ORIGINS',
      ['Host: localhost:4000', 'Sec-Fetch-Site: same-site', 'Origin: http://localhost:5173'],
    ],
  ])('%s is answered', async (_who, headers) => {
    expect(await ask(...headers)).toMatchObject({ status: 200, text: HELLO_ANSWER });
  });

  it.each([
    ['of a page of another site', ['Host: localhost:4000', 'Sec-Fetch-Site: cross-site']],
    ['of a page on another port', ['Host: localhost:4000', 'Sec-Fetch-Site: same-site']],
    [
      'of a page of another origin',
      ['Host: localhost:4000', 'Sec-Fetch-Site: same-site', 'Origin: http://localhost:3000'],
    ],
    ['from another machine', ['Host: gateway.example']],
    ['for a name that begins as this machine', ['Host: localhost.evil.example']],
    ['for a name that begins as its address', ['Host: 127.0.0.1.evil.example']],
  ])('%s is refused', async (_who, headers) => {
    expectRefusal(await ask(...headers), 400, 'BAD_REQUEST');
  });
});
