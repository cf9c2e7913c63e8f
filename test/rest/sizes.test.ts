import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { meetingOf } from '../../sandbox/meeting.ts';
import type { Reply } from '../../sandbox/reply.ts';
import { body } from '../../sandbox/reply.ts';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { meetingNumber } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

const A = meetingNumber(1);
const LIMIT = 256 * 1024;
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** A meeting of exactly so many bytes. */
function ofSize(bytes: number): string {
  const bare = JSON.stringify({ ...meetingOf(A), topic: '' });
  return JSON.stringify({ ...meetingOf(A), topic: 'x'.repeat(bytes - bare.length) });
}

const CODINGS = {
  identity: (text: string) => text,
  gzip: gzipSync,
  br: brotliCompressSync,
  deflate: deflateSync,
  'raw deflate': deflateRawSync,
} as const;

function encoded(coding: keyof typeof CODINGS, status: number, text: string): Reply {
  const name = coding === 'raw deflate' ? 'deflate' : coding;
  return body(status, CODINGS[coding](text), {
    ...JSON_TYPE,
    ...(name === 'identity' ? {} : { 'Content-Encoding': name }),
  });
}

const codings = Object.keys(CODINGS).filter((coding): coding is keyof typeof CODINGS => coding in CODINGS);

describe.each(codings)('an answer in %s', coding => {
  it.each([
    [LIMIT - 1, true],
    [LIMIT, true],
    [LIMIT + 1, false],
  ])('of %i bytes is read: %s', async (bytes, isRead) => {
    await using world = await openWorld();
    world.sandbox.answer(A, encoded(coding, 200, ofSize(bytes)));
    const { data, errors } = await world.ask(`{ syncMeeting(id: "${A}") { id } }`);
    expect(data).toEqual({ syncMeeting: isRead ? { id: A } : null });
    expect(errors.map(error => error.extensions.code)).toEqual(isRead ? [] : ['UPSTREAM_INVALID_RESPONSE']);
  });

  it('is read on an error status too', async () => {
    await using world = await openWorld();
    const quota = {
      statusCode: 403,
      message: 'Out of call volume quota. Quota will be replenished in 00:00:09.',
    };
    world.sandbox.answer(A, encoded(coding, 403, JSON.stringify(quota)));
    const { errors } = await world.ask(`{ syncMeeting(id: "${A}") { id } }`);
    expect(errors[0]?.extensions).toMatchObject({ code: 'UPSTREAM_QUOTA_EXCEEDED', retryAfter: 9 });
  });
});

it('an endless body is aborted', async () => {
  await using world = await openWorld();
  const { errors } = await world.ask(`{ syncMeeting(id: "${scenarioId(627)}") { id } }`);
  expect(errors[0]?.extensions.code).toBe('UPSTREAM_INVALID_RESPONSE');
  await world.sandbox.idle();
  expect(world.sandbox.hits.map(hit => hit.outcome)).toEqual(['cut']);
});

it('a small body that decompresses to 64 MiB is refused, and little memory is spent on it', async () => {
  await using world = await openWorld();
  await world.ask(`{ syncMeeting(id: "${scenarioId(626)}") { id } }`);
  const before = process.memoryUsage().rss;
  const { errors } = await world.ask(`{ syncMeeting(id: "${scenarioId(626)}") { id } }`);
  expect(errors[0]?.extensions.code).toBe('UPSTREAM_INVALID_RESPONSE');
  expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
});

it.each([
  [
    'zstd, which was not asked for',
    body(200, 'x', { 'Content-Encoding': 'zstd' }),
    'UPSTREAM_INVALID_RESPONSE',
  ],
  ['gzip that is none', body(200, 'x', { 'Content-Encoding': 'gzip' }), 'UPSTREAM_INVALID_RESPONSE'],
  [
    'half a gzip',
    body(200, gzipSync(ofSize(4_000)).subarray(0, 100), { 'Content-Encoding': 'gzip' }),
    'UPSTREAM_INVALID_RESPONSE',
  ],
  ['a 403 that cannot be decompressed', body(403, 'x', { 'Content-Encoding': 'gzip' }), 'FORBIDDEN'],
  ['a 404 that is too large', body(404, 'x'.repeat(LIMIT + 1)), 'NOT_FOUND'],
])('%s', async (_what, reply, code) => {
  await using world = await openWorld();
  world.sandbox.answer(A, reply);
  const { errors } = await world.ask(`{ syncMeeting(id: "${A}") { id } }`);
  expect(errors[0]?.extensions.code).toBe(code);
});
