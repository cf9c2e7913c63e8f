import { beforeAll, describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../support/http.ts';
import { HELLO, HELLO_ANSWER, postBody, rawHead, rawHello, send, sendRaw } from '../support/http.ts';
import { meetingNumber } from '../support/upstream.ts';
import type { World } from '../support/world.ts';
import { CREDENTIALS, openWorld } from '../support/world.ts';

const APP = 'https://app.example';
const OTHER_APP = 'http://localhost:3000';
const PAGE = { accept: 'text/html,*/*;q=0.8' };
const ASK = JSON.stringify({ query: `{ syncMeeting(id: "${meetingNumber(1)}") { id } }` });

/** A gateway that two apps may call, and one that nobody may. */
let open: World;
let closed: World;
beforeAll(async () => {
  open = await openWorld({ env: { CORS_ORIGINS: `${APP}, ${OTHER_APP}`, GRAPHIQL: 'on' } });
  closed = await openWorld();
  return async () => {
    await open[Symbol.asyncDispose]();
    await closed[Symbol.asyncDispose]();
  };
});

const corsOf = ({ headers }: HttpAnswer): string[] =>
  [...headers.keys()].filter(name => name.startsWith('access-control-'));

const preflight = (world: World, origin: string, headers: Readonly<Record<string, string>> = {}) =>
  send(world.gateway.url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,ocp-apim-subscription-key',
      ...headers,
    },
  });

describe('a page of another origin', () => {
  it.each([APP, OTHER_APP])('that is listed (%s) may call, without cookies', async origin => {
    const answer = await postBody(open.gateway.url, HELLO, { origin });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
    expect(answer.headers.get('access-control-expose-headers')).toBe(
      'X-Request-Id, RateLimit, RateLimit-Policy, Retry-After',
    );
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
  });

  it('that is listed may ask before, and remember the answer', async () => {
    const answer = await preflight(open, APP);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers.get('access-control-allow-origin')).toBe(APP);
    expect(answer.headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(answer.headers.get('access-control-allow-headers')?.toLowerCase().split(', ')).toEqual(
      expect.arrayContaining([
        'authorization',
        'content-type',
        'ocp-apim-subscription-key',
        'apollo-require-preflight',
        'x-graphql-yoga-csrf',
        'traceparent',
        'tracestate',
      ]),
    );
    expect(Number(answer.headers.get('access-control-max-age'))).toBeGreaterThanOrEqual(600);
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
  });

  it('that is listed can read why it was refused', async () => {
    const answer = await postBody(open.gateway.url, '{', { origin: APP });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([400, APP]);
  });

  it.each([
    'null',
    '*',
    '',
    'https://evil.example',
    'https://app.example.evil.example',
    'https://evilapp.example',
    'https://evil.example/https://app.example',
    'https://sub.app.example',
    'http://app.example',
    'https://app.example:444',
    'https://app.example:443',
    'https://app.example/',
    'https://APP.example',
    'http://localhost',
    'http://localhost:30000',
    'https://app.example, https://evil.example',
  ])('that is not listed (%j) may not', async origin => {
    const answer = await sendRaw(open.gateway.url, rawHello(`Origin: ${origin}`));
    expect([answer.status, corsOf(answer)]).toEqual([200, []]);
    const asked = await sendRaw(
      open.gateway.url,
      rawHead(`Origin: ${origin}`, 'Access-Control-Request-Method: POST').replace('POST', 'OPTIONS'),
    );
    expect([asked.status, asked.headers.get('allow'), corsOf(asked)]).toEqual([405, 'POST, GET', []]);
  });

  it('may not, by default', async () => {
    expect(corsOf(await postBody(closed.gateway.url, HELLO, { origin: APP }))).toEqual([]);
    const asked = await preflight(closed, APP);
    expect([asked.status, corsOf(asked)]).toEqual([405, []]);
  });

  it('cannot have an operation run by what browsers send without asking before', async () => {
    for (const world of [open, closed]) {
      world.sandbox.clear();
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
      ]) {
        const answer = await postBody(world.gateway.url, ASK, { origin: APP, 'content-type': type });
        expect([type, answer.status]).toEqual([type, 415]);
      }
      const query = new URLSearchParams(JSON.parse(ASK));
      const got = await send(`${world.gateway.url}?${query}`, { headers: { origin: APP } });
      expect(got.status).toBe(400);
      const untyped = await send(world.gateway.url, {
        method: 'POST',
        headers: { ...CREDENTIALS, origin: APP },
        body: new Blob([ASK]),
      });
      expect(untyped.status).toBe(415);
      expect(world.sandbox.hits).toHaveLength(0);
    }
  });
});

/** One answer of every kind, and the status it has. */
const ANSWERS: readonly (readonly [string, number, () => Promise<HttpAnswer>])[] = [
  ['an answer', 200, () => postBody(open.gateway.url, ASK)],
  ['an answer with errors', 200, () => postBody(open.gateway.url, ASK.replace('aaaa', '0000'))],
  ['a missing key', 200, () => postBody(open.gateway.url, ASK, { 'ocp-apim-subscription-key': '' })],
  ['a syntax error', 200, () => postBody(open.gateway.url, '{"query":"{"}')],
  [
    'a validation error',
    400,
    () =>
      postBody(open.gateway.url, '{"query":"{ nothing }"}', { accept: 'application/graphql-response+json' }),
  ],
  ['health', 200, () => send(new URL('/health', open.gateway.url))],
  ['a preflight', 204, () => preflight(open, APP)],
  ['no JSON', 400, () => postBody(open.gateway.url, '{')],
  ['a missing Host', 400, () => sendRaw(open.gateway.url, rawHello().replace('Host: gateway\r\n', ''))],
  ['no such path', 404, () => send(new URL('/x', open.gateway.url))],
  ['a redirect to GraphiQL', 302, () => send(new URL('/', open.gateway.url))],
  ['a GET', 200, () => send(`${open.gateway.url}?query={__typename}`, { headers: CREDENTIALS })],
  ['a GET without a preflight', 400, () => send(`${open.gateway.url}?query={__typename}`)],
  ['the wrong method', 405, () => send(open.gateway.url, { method: 'PUT' })],
  ['HEAD', 405, () => send(open.gateway.url, { method: 'HEAD' })],
  ['nothing acceptable', 406, () => postBody(open.gateway.url, HELLO, { accept: 'image/png' })],
  ['a body that is too large', 413, () => postBody(open.gateway.url, ' '.repeat(100_001))],
  ['the wrong type', 415, () => postBody(open.gateway.url, HELLO, { 'content-type': 'text/plain' })],
  ['an Expect', 417, () => sendRaw(open.gateway.url, rawHello('Expect: a'))],
  ['headers that are too large', 431, () => sendRaw(open.gateway.url, rawHello(`A: ${'a'.repeat(20_000)}`))],
  ['no HTTP', 400, () => sendRaw(open.gateway.url, 'hello\r\n\r\n')],
  ['CONNECT', 405, () => sendRaw(open.gateway.url, 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n')],
];

const PAGES: readonly (readonly [string, number, () => Promise<HttpAnswer>])[] = [
  ['the page', 200, () => send(open.gateway.url, { headers: PAGE })],
  [
    'the page again',
    304,
    async () => {
      const { headers } = await send(open.gateway.url, { headers: PAGE });
      return send(open.gateway.url, { headers: { ...PAGE, 'if-none-match': headers.get('etag') ?? '' } });
    },
  ],
];

describe('the headers of', () => {
  it.each([...ANSWERS, ...PAGES])('%s (%i)', async (_what, status, ask) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    const { headers } = answer;
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    expect(headers.get('vary')?.split(', ')).toEqual(
      expect.arrayContaining(['Authorization', 'Ocp-Apim-Subscription-Key', 'Origin']),
    );
    for (const name of ['server', 'x-powered-by', 'set-cookie', 'via', 'x-runtime']) {
      expect([name, headers.has(name)]).toEqual([name, false]);
    }
  });

  it.each(ANSWERS)('%s let nothing keep it', async (_what, _status, ask) => {
    const { headers } = await ask();
    expect(headers.get('cache-control')).toBe('private, no-store');
    expect(headers.has('etag')).toBe(false);
  });

  it.each(PAGES)('%s let the browser alone keep it, and ask each time', async (_what, _status, ask) => {
    const { headers } = await ask();
    expect(headers.get('cache-control')).toBe('private, no-cache');
    expect(headers.get('etag')).toMatch(/^W\/"[\w-]+"$/);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  });
});

it.each([
  ['gzip', true],
  ['deflate, gzip;q=0.5', true],
  ['GZIP', true],
  ['gzip;q=0.01', true],
  ['gzip;q=0', false],
  ['gzip;q=0;x=1', false],
  ['gzip-x, x-gzip', false],
  ['deflate;x=gzip', false],
  ['gzip; q=0.000, br', false],
  ['br', false],
])('the page is compressed for Accept-Encoding: %s: %j', async (accepted, isCompressed) => {
  const { headers } = await send(open.gateway.url, { headers: { ...PAGE, 'accept-encoding': accepted } });
  expect(headers.get('content-encoding')).toBe(isCompressed ? 'gzip' : null);
});

it('the page has an editor for headers, and keeps none of them', async () => {
  const { text } = await send(open.gateway.url, { headers: PAGE });
  expect(/"isHeadersEditorEnabled":true,"shouldPersistHeaders":false/.test(text)).toBe(true);
});

it('a listed origin changes nothing in what is answered', async () => {
  expect((await postBody(open.gateway.url, HELLO, { origin: APP })).text).toBe(HELLO_ANSWER);
});
