import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { meetingOf } from '../../sandbox/meeting.ts';
import type { Reply } from '../../sandbox/reply.ts';
import { body, json } from '../../sandbox/reply.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { createManualClock } from '../support/clock.ts';
import { createMemoryLog } from '../support/log.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';

const A = meetingNumber(1);
const CALLER = callerNamed('a');

/** A client that retries nothing, and what it logs. */
async function open(reply?: Reply) {
  await using made = new AsyncDisposableStack();
  const sandbox = made.use(await startSandbox({ pathPrefix: '/v2/api' }));
  if (reply) sandbox.answerAll(reply);
  const clock = createManualClock();
  const { log, lines } = createMemoryLog();
  const upstream = openUpstream(sandbox, {
    url: new URL(`${sandbox.url}//`),
    clock,
    log,
    retry: { budget: 0 },
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= upstream.close());
  made.defer(close);
  const all = made.move();
  return {
    sandbox,
    close,
    lines,
    sync: (id = A) => upstream.sync(id, CALLER, createRequestContext('request-1', 15_000, clock).context),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

it('a call carries these headers and no others, to a path below that of the setting', async () => {
  await using world = await open();
  await world.sync();
  const [hit] = world.sandbox.hits;
  expect(hit?.path).toBe(`/v2/api/zoom/Meeting/${A}/Sync`);
  expect(hit?.headers).toEqual({
    host: new URL(world.sandbox.url).host,
    connection: 'keep-alive',
    accept: 'application/json',
    authorization: CALLER.credentials.authorization,
    'ocp-apim-subscription-key': CALLER.credentials.subscriptionKey,
    'x-request-id': 'request-1',
  });
});

it('a call and its failure are logged under the id of the request', async () => {
  await using world = await open(json(403, 'no'));
  await expect(world.sync()).rejects.toThrow();
  expect(world.lines.map(({ message, fields }) => [message, fields['requestId']])).toEqual([
    ['sync', 'request-1'],
    ['upstream call failed', 'request-1'],
  ]);
});

it('a client that is closed holds no connection', async () => {
  await using world = await open();
  await Promise.all([1, 2, 3].map(n => world.sync(meetingNumber(n))));
  expect(world.sandbox.openSockets()).toBe(3);
  await world.close();
  // Kept-alive ones would be closed as well, though after 4 s.
  await expect.poll(() => world.sandbox.openSockets(), { interval: 5, timeout: 3_000 }).toBe(0);
});

const GZIPPED = gzipSync(JSON.stringify(meetingOf(A)));

describe('a response', () => {
  it.each([
    ['whose Content-Encoding is empty', JSON.stringify(meetingOf(A)), ''],
    ['in gzip, by its old name', GZIPPED, 'x-gzip'],
    ['in gzip, in capitals', GZIPPED, 'GZIP'],
  ])('%s is read', async (_what, bytes, encoding) => {
    await using world = await open(body(200, bytes, { 'Content-Encoding': encoding }));
    expect((await world.sync()).id).toBe(A);
  });

  it.each<[string, Reply]>([
    ['too large', body(200, 'x'.repeat(256 * 1024 + 1))],
    ['unreadable encoding', body(200, 'x', { 'Content-Encoding': 'zstd' })],
    ['unreadable encoding', body(200, 'x', { 'Content-Encoding': 'gzip' })],
    [
      'truncated',
      ({ response, drop }) => {
        response.setHeader('Content-Length', 100);
        response.write('{', () => drop('end'));
      },
    ],
  ])('whose body is %s is logged as that', async (error, reply) => {
    await using world = await open(reply);
    await expect(world.sync()).rejects.toMatchObject({ code: 'UPSTREAM_INVALID_RESPONSE' });
    expect(world.lines.at(-1)?.fields['cause']).toMatchObject({ status: 200, body: error });
  });
});
