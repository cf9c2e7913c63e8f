import { beforeAll, describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from '../../src/gateway.ts';
import { expectRefusal, HELLO, HELLO_ANSWER, postBody, rawHead, sendRaw } from '../support/http.ts';
import type { World } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

const JSON_TYPE = 'Content-Type: application/json';
const TOO_LARGE = `The body is larger than ${MAX_BODY_BYTES} bytes.`;

let world: World;
beforeAll(async () => {
  world = await openWorld();
  return () => world[Symbol.asyncDispose]();
});

const ofSize = (bytes: number): string => HELLO.padEnd(bytes, ' ');

function chunked(body: string, size: number): string {
  const chunks = body.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
  return `${chunks.map(chunk => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`;
}

it('the limit is 100,000 bytes', () => {
  expect(MAX_BODY_BYTES).toBe(100_000);
});

describe.each([
  ['by its Content-Length', (body: string) => rawHead(JSON_TYPE, `Content-Length: ${body.length}`) + body],
  [
    'in one chunk',
    (body: string) => rawHead(JSON_TYPE, 'Transfer-Encoding: chunked') + chunked(body, body.length),
  ],
  [
    'in many chunks',
    (body: string) => rawHead(JSON_TYPE, 'Transfer-Encoding: chunked') + chunked(body, 1_000),
  ],
])('a body sent %s', (_how, write) => {
  it.each([MAX_BODY_BYTES - 1, MAX_BODY_BYTES])('of %i bytes is read', async bytes => {
    const answer = await sendRaw(world.gateway.url, write(ofSize(bytes)));
    expect([answer.status, answer.text]).toEqual([200, HELLO_ANSWER]);
  });

  it('of one byte more is refused with 413', async () => {
    const answer = await sendRaw(world.gateway.url, write(ofSize(MAX_BODY_BYTES + 1)));
    expect(expectRefusal(answer, 413, 'LIMIT_EXCEEDED')).toContain(TOO_LARGE);
    expect(answer.headers.get('connection')).toBe('close');
  });
});

it('is measured in bytes, not in characters', async () => {
  const pad = '…'.repeat(Math.floor((MAX_BODY_BYTES - HELLO.length) / 3));
  const body = HELLO.replace('"{', `"#${pad}\\n{`);
  expect(body.length).toBeLessThan(MAX_BODY_BYTES);
  expectRefusal(await postBody(world.gateway.url, body), 413, 'LIMIT_EXCEEDED');
});

describe('a Content-Length that lies', () => {
  it('by being too large is refused before the body comes', async () => {
    const head = rawHead(JSON_TYPE, `Content-Length: ${MAX_BODY_BYTES + 1}`);
    expectRefusal(await sendRaw(world.gateway.url, head), 413, 'LIMIT_EXCEEDED');
  });

  it('by being huge is refused before the body comes', async () => {
    const head = rawHead(JSON_TYPE, `Content-Length: ${'9'.repeat(15)}`);
    expectRefusal(await sendRaw(world.gateway.url, head), 413, 'LIMIT_EXCEEDED');
  });

  it.each(['9'.repeat(30), '-1', '1e3', '0x10', '10, 20', ''])('as %j is refused with 400', async length => {
    const answer = await sendRaw(
      world.gateway.url,
      `${rawHead(JSON_TYPE, `Content-Length: ${length}`)}${HELLO}`,
    );
    expectRefusal(answer, 400, 'BAD_REQUEST');
  });

  it('by being too small cuts the body there; the rest is no request', async () => {
    const head = rawHead(JSON_TYPE, `Content-Length: ${HELLO.length - 1}`).replace('close', 'keep-alive');
    const { wire } = await sendRaw(world.gateway.url, head + HELLO);
    expect(new Set(wire.match(/HTTP\/1\.1 \d{3}/g))).toEqual(new Set(['HTTP/1.1 400']));
    expect(wire).not.toContain('"data"');
  });

  it('by promising more than comes runs nothing', async () => {
    const head = rawHead(JSON_TYPE, `Content-Length: ${HELLO.length + 1}`);
    const { status, wire } = await sendRaw(world.gateway.url, head + HELLO, { end: true });
    expect([0, 400]).toContain(status);
    expect(wire).not.toContain('"data"');
  });
});

describe('a body of 100 kB', () => {
  const room = MAX_BODY_BYTES - 100;

  it.each([
    ['of opening brackets', '['.repeat(MAX_BODY_BYTES)],
    ['of opening braces', '{"a":'.repeat(room / 5)],
    ['of nested arrays', '['.repeat(room / 2) + ']'.repeat(room / 2)],
    ['of quotes', '"'.repeat(MAX_BODY_BYTES)],
    ['of zero bytes', '\0'.repeat(MAX_BODY_BYTES)],
    ['that is one number', '1'.repeat(MAX_BODY_BYTES)],
    ['with a query of opening braces', JSON.stringify({ query: '{'.repeat(room) })],
    ['with a query of opening brackets', JSON.stringify({ query: `{ a(b: ${'['.repeat(room - 100)}` })],
    [
      'with a deep id',
      `{"query":"query ($id: UUID!) { syncMeeting(id: $id) { id } }","variables":{"id":${'['.repeat(40_000)}${']'.repeat(40_000)}}}`,
    ],
    [
      'with a deep list',
      `{"query":"query ($id: [UUID!]!) { syncMeetings(ids: $id) { id } }","variables":{"id":${'['.repeat(40_000)}${']'.repeat(40_000)}}}`,
    ],
    [
      'with a deep operation name',
      `{"query":"{ __typename }","operationName":${'['.repeat(40_000)}${']'.repeat(40_000)}}`,
    ],
    ['with deep extensions', `{"query":"{","extensions":{"a":${'['.repeat(40_000)}${']'.repeat(40_000)}}}`],
  ])('%s is refused with 400', async (_what, body) => {
    const { status, text } = await postBody(world.gateway.url, body, {
      accept: 'application/graphql-response+json',
    });
    expect([status, text.length < 1_000]).toEqual([400, true]);
    // A body that is an array is a batch, which is refused by a list with an error for each operation.
    const [refusal] = [JSON.parse(text)].flat();
    expect(refusal.errors[0].extensions.requestId).toBeTruthy();
  });

  it('with a deep representation fails at its own place', async () => {
    const deep = `${'['.repeat(40_000)}${']'.repeat(40_000)}`;
    const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }';
    const { status, text } = await postBody(
      world.gateway.url,
      `{"query":"${query}","variables":{"r":[${deep}]}}`,
    );
    expect([status, JSON.parse(text).errors[0].extensions.code]).toEqual([200, 'BAD_USER_INPUT']);
  });
});

describe('a body that is not a GraphQL request', () => {
  it.each([
    'null',
    '1',
    '"{ __typename }"',
    'true',
    '{}',
    '[]',
    '[null]',
    '{"query":null}',
    '{"query":1}',
    '{"query":["{ __typename }"]}',
    '{"query":""}',
    '{"query":"{ __typename }","variables":[]}',
    '{"query":"{ __typename }","variables":"{}"}',
    '{"query":"{ __typename }","extensions":1}',
    '{"query":"{ __typename }","operationName":{"toString":1,"valueOf":1}}',
    '{"query":"{ __typename }","operationName":5}',
    '{"query":"{ __typename }","__proto__":{"query":"{ __typename }"}}',
    '{"query":"query ($id: UUID!) { syncMeeting(id: $id) { id } }","variables":{"__proto__":{"id":"3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b"}}}',
    '{"query":"subscription { a }"}',
    '{"query":"type A { a: Int }"}',
    '',
    ' ',
    'undefined',
    '{"query":"{ __typename }"',
    "{'query':'{ __typename }'}",
    '{"query":"{ __typename }"}{"query":"{ __typename }"}',
  ])('%s is refused with 400', async body => {
    const answer = await postBody(world.gateway.url, body, { accept: 'application/graphql-response+json' });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('"requestId"')]);
    expect(world.sandbox.hits).toHaveLength(0);
  });

  it.each([
    ['null', 'JSON object with a query string'],
    ['{}', 'no query'],
    ['{"query":null}', 'no query'],
    ['{"query":1}', 'The query of an operation has to be a string'],
    ['{"query":"{ __typename }","operationName":5}', 'The operationName of an operation has to be a string'],
    ['{"query":"{ __typename }","variables":[]}', 'The variables of an operation have to be an object'],
    ['{"query":"{ __typename }","extensions":1}', 'The extensions of an operation have to be an object'],
    ['{"query":"{ __typename }","my-secret":1}', 'query, operationName, variables, extensions, documentId'],
  ])('%s is told what is wrong with it', async (body, message) => {
    const answer = await postBody(world.gateway.url, body);
    expect(expectRefusal(answer, 400, 'BAD_REQUEST')).toContain(message);
    expect(answer.text).not.toContain('secret');
  });

  it('null stands for a parameter that was not sent', async () => {
    const body =
      '{"query":"{ __typename }","variables":null,"operationName":null,"extensions":null,"other":null}';
    const { text } = await postBody(world.gateway.url, body);
    expect(JSON.parse(text)).toEqual({ data: { __typename: 'Query' } });
  });

  it.each([
    ['that is cut off', '{"query":"my-secret-query'],
    ['with a stray character', '{"query":"{ __typename }"}my-secret-query'],
    ['that is not JSON at all', 'my-secret-query'],
  ])('%s is not repeated', async (_what, body) => {
    const answer = await postBody(world.gateway.url, body);
    expectRefusal(answer, 400, 'BAD_REQUEST');
    expect(answer.text).not.toContain('secret');
  });

  it.each([
    ['a lone continuation byte', [0x80]],
    ['half a character', [0xe2, 0x82]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a character beyond Unicode', [0xf5, 0x80, 0x80, 0x80]],
    ['UTF-16', [0xff, 0xfe]],
  ])('because of %s in it is refused with 400, and not repeated', async (_what, bytes) => {
    const body = Buffer.concat([
      Buffer.from('{"query":"{ __typename #my-secret-query'),
      Buffer.from(bytes),
      Buffer.from('\\n}"}'),
    ]);
    const answer = await postBody(world.gateway.url, new Uint8Array(body));
    expect(expectRefusal(answer, 400, 'BAD_REQUEST')).toContain('UTF-8');
    expect(answer.text).not.toContain('secret');
  });

  it('a lone surrogate in an escape is a syntax error', async () => {
    const answer = await postBody(world.gateway.url, '{"query":"{ __typename #\\ud800\\n}"}');
    expectRefusal(answer, 200, 'GRAPHQL_PARSE_FAILED');
  });

  it.each(['mutation', 'subscription'])('a %s is refused, as there is none', async type => {
    const answer = await postBody(world.gateway.url, `{"query":"${type} { syncMeeting }"}`);
    expect(expectRefusal(answer, 200, 'GRAPHQL_VALIDATION_FAILED')).toContain(type);
  });
});
