import { beforeAll, describe, expect, it } from 'vitest';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { readConfig } from '../../src/config/load.ts';
import { startGateway } from '../../src/gateway.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { expectRefusal, HELLO, postBody, rawHello, send, sendRaw } from '../support/http.ts';
import { createMemoryLog, type LogLine } from '../support/log.ts';
import { meetingNumber } from '../support/upstream.ts';
import type { World } from '../support/world.ts';
import { CREDENTIALS, openWorld } from '../support/world.ts';

const A = meetingNumber(1);
const QUERY = `query Named { syncMeeting(id: "${A}") { id } }`;

let world: World;
beforeAll(async () => {
  world = await openWorld({
    env: { BATCH_LIMIT: '20', UPSTREAM_RETRY_MIN_DELAY_MS: '1', UPSTREAM_RETRY_MAX_DELAY_MS: '2' },
  });
  return () => world[Symbol.asyncDispose]();
});

const linesOf = (id: string | null, { lines } = world): LogLine[] =>
  lines.filter(({ message, fields }) => message === 'request' && fields['requestId'] === id);

/** The fields of the one line that is logged of an answer. */
function lineOf({ headers }: { readonly headers: Headers }, of = world): LogLine['fields'] {
  const lines = linesOf(headers.get('x-request-id'), of);
  expect(lines.map(({ level }) => level)).toEqual(['info']);
  return lines[0]?.fields ?? {};
}

describe('the line of a request', () => {
  it('tells who asked what, how it ended and what it cost', async () => {
    expect(lineOf(await world.ask(QUERY))).toEqual({
      requestId: expect.any(String),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      operation: 'Named',
      caller: expect.stringMatching(/^[0-9a-f]{12}$/),
      status: 200,
      ms: expect.any(Number),
      calls: 1,
      retries: 0,
      deduplicated: 0,
    });
  });

  it('tells the codes of what went wrong', async () => {
    const query = `{ a: syncMeeting(id: "${scenarioId(404)}") { id } b: syncMeeting(id: "${scenarioId(403)}") { id } c: syncMeeting(id: "${scenarioId(404)}") { id } }`;
    const { codes, calls } = lineOf(await world.ask(query));
    expect([String(codes).split(',').toSorted(), calls]).toEqual([['FORBIDDEN', 'NOT_FOUND'], 2]);
  });

  it('counts retries', async () => {
    const answer = await world.ask(`{ syncMeeting(id: "${scenarioId(650)}") { id } }`);
    expect(lineOf(answer)).toMatchObject({ calls: 2, retries: 1 });
  });

  it.each<[string, number, () => Promise<{ headers: Headers }>]>([
    ['another path', 404, () => send(new URL('/x', world.gateway.url))],
    ['another method', 405, () => send(world.gateway.url, { method: 'PUT' })],
    ['a GET without a preflight', 400, () => send(world.gateway.url)],
    ['health', 200, () => send(new URL('/health', world.gateway.url))],
    ['no JSON', 400, () => postBody(world.gateway.url, '{')],
    ['too much', 413, () => postBody(world.gateway.url, ' '.repeat(100_001))],
    ['another type', 415, () => postBody(world.gateway.url, HELLO, { 'content-type': 'text/plain' })],
    ['nobody', 200, () => world.ask(QUERY, { headers: {} })],
  ])('is there for %s', async (_what, status, ask) => {
    const fields = lineOf(await ask());
    expect(fields['status']).toBe(status);
    expect(fields).not.toHaveProperty('caller');
  });

  it('tells callers apart, in this process alone', async () => {
    const callerOf = async (authorization: string, of = world): Promise<unknown> =>
      lineOf(await of.ask(QUERY, { headers: { ...CREDENTIALS, authorization } }), of)['caller'];
    const a = await callerOf('Bearer a');
    expect(await callerOf('Bearer a')).toBe(a);
    expect(await callerOf('Bearer b')).not.toBe(a);
    await using another = await openWorld();
    expect(await callerOf('Bearer a', another)).not.toBe(a);
  });

  it('tells callers apart whose tokens begin alike, as those of one issuer do', async () => {
    const callerOf = async (signature: string): Promise<unknown> =>
      lineOf(
        await world.ask(QUERY, {
          headers: { ...CREDENTIALS, authorization: `Bearer ${'header'.repeat(20)}.${signature}` },
        }),
      )['caller'];
    expect(await callerOf('b')).not.toBe(await callerOf('a'));
  });
});

describe('the name of an operation', () => {
  it.each([63, 64, 65, 100])('of %i characters is logged up to 64', async length => {
    const name = 'N'.repeat(length);
    expect(lineOf(await world.ask(`query ${name} { __typename }`))['operation']).toBe(name.slice(0, 64));
  });

  it('is logged for each operation of a batch, up to ten', async () => {
    const batch = Array.from({ length: 12 }, (_, n) => ({ query: `query Q${n} { __typename }` }));
    const { operation } = lineOf(await postBody(world.gateway.url, JSON.stringify(batch)));
    expect(operation).toBe('Q0,Q1,Q2,Q3,Q4,Q5,Q6,Q7,Q8,Q9');
  });

  it('that is none of the document is not logged', async () => {
    const answer = await world.ask(QUERY, { operationName: 'secret' });
    expect(lineOf(answer)).not.toHaveProperty('operation');
  });
});

describe('an x-request-id', () => {
  it.each(['a', 'A-z.0_9', 'x'.repeat(63), 'y'.repeat(64), '...'])('%j is taken', async id => {
    world.sandbox.clear();
    const answer = await world.ask(`{ syncMeeting(id: "${scenarioId(404)}") { id } }`, {
      headers: { ...CREDENTIALS, 'x-request-id': id },
    });
    expect(answer.headers.get('x-request-id')).toBe(id);
    expect(answer.errors[0]?.extensions.requestId).toBe(id);
    expect(world.sandbox.hits[0]?.headers['x-request-id']).toBe(id);
    expect(linesOf(id)).toHaveLength(1);
  });

  it.each([
    '',
    'z'.repeat(65),
    'a b',
    'a,b',
    'a"b',
    '{"a":1}',
    '<script>',
    'a/b',
    'a:b',
    'a%0ab',
    'caf\u00e9',
    'a\tb',
    '$'.concat('{jndi:ldap://a}'),
  ])('%j is replaced', async id => {
    const { headers } = await sendRaw(world.gateway.url, rawHello(`X-Request-Id: ${id}`));
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.stringify(world.lines)).not.toContain(JSON.stringify(id).slice(1, -1) || '""');
  });

  it('that comes twice is replaced', async () => {
    const { headers } = await sendRaw(world.gateway.url, rawHello('X-Request-Id: a', 'X-Request-Id: b'));
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a fault of our own', () => {
  const SECRET = 'my-secret-message\n    at my-secret-line';

  it.each(['at once', 'below a field'])('%s is masked, and its words are not logged', async where => {
    await using sandbox = await startSandbox();
    const { log, lines } = createMemoryLog();
    const config = readConfig({ PORT: '0', UPSTREAM_URL: sandbox.url });
    const fail = (): never => {
      throw new RangeError(SECRET);
    };
    // A request's scope sets its deadline and looks at the time; whatever looks next is on the way upstream.
    let armed = false;
    let looks = 0;
    const clock = {
      now() {
        looks += armed ? 1 : 0;
        return looks > 1 ? fail() : systemClock.now();
      },
      after: (milliseconds: number, run: () => void) =>
        where === 'at once' ? fail() : systemClock.after(milliseconds, run),
    };
    await using gateway = await startGateway({ config, log, clock });
    armed = true;
    const answer = await postBody(gateway.url, JSON.stringify({ query: QUERY }));
    if (where === 'at once') expectRefusal(answer, 500, 'INTERNAL_SERVER_ERROR');
    expect(JSON.parse(answer.text).errors).toMatchObject([
      { extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false } },
    ]);
    expect(answer.text).not.toMatch(/secret|RangeError|\.ts/);
    const [unexpected] = lines.filter(({ level }) => level === 'error');
    expect(unexpected).toMatchObject({
      message: 'unexpected error',
      fields: { error: { name: 'RangeError' } },
    });
    expect(JSON.stringify(lines)).not.toContain('secret');
  });
});
