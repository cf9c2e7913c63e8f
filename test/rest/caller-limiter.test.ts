import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOf } from '../../src/lib/rate.ts';
import { InProcessCallerLimiter, MAX_CALLERS } from '../../src/rest/caller-limiter.ts';
import { createManualClock } from '../support/clock.ts';
import { meetingNumber } from '../support/upstream.ts';
import type { Ask } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

const SIXTY = { interval: 1_000, burst: 10 };

describe('a limit of 60 in a minute, 10 at once', () => {
  it.each([
    [9, 9, 1],
    [10, 10, 0],
    [11, 10, 0],
  ])('grants of %i at once %i, and leaves %i', (wanted, granted, remaining) => {
    const limiter = new InProcessCallerLimiter(SIXTY, createManualClock());
    expect(limiter.take('a', wanted)).toMatchObject({ granted, remaining, quota: 10, window: 10 });
  });

  it('grants one more with each second, and not a moment before', () => {
    const clock = createManualClock();
    const limiter = new InProcessCallerLimiter(SIXTY, clock);
    limiter.take('a', 10);
    clock.advance(999);
    expect(limiter.take('a', 1)).toMatchObject({ granted: 0, retryAfter: 1, resetAfter: 10 });
    clock.advance(1);
    expect(limiter.take('a', 2)).toMatchObject({ granted: 1, retryAfter: 1 });
    clock.advance(60_000);
    expect(limiter.take('a', 20)).toMatchObject({ granted: 10, retryAfter: 10 });
  });

  it('grants what another caller has not taken to that caller alone', () => {
    const limiter = new InProcessCallerLimiter(SIXTY, createManualClock());
    limiter.take('a', 10);
    expect(limiter.take('b', 10).granted).toBe(10);
    expect(limiter.take('a', 1).granted).toBe(0);
  });

  it('tells what is left to who wants nothing', () => {
    const limiter = new InProcessCallerLimiter(SIXTY, createManualClock());
    limiter.take('a', 3);
    expect(limiter.take('a', 0)).toMatchObject({ granted: 0, remaining: 7, resetAfter: 3, retryAfter: 0 });
  });

  it('after retryAfter seconds grants what it refused', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 3_000 }), fc.nat({ max: 12 }))), steps => {
        const clock = createManualClock();
        const limiter = new InProcessCallerLimiter(SIXTY, clock);
        for (const [after, wanted] of steps) {
          clock.advance(after);
          const { granted, retryAfter } = limiter.take('a', wanted);
          const refused = Math.min(wanted - granted, SIXTY.burst);
          if (refused === 0) continue;
          clock.advance(retryAfter * 1_000);
          expect(limiter.take('a', refused).granted).toBe(refused);
        }
      }),
    );
  });
});

it('in any window of t seconds a caller is granted at most rate · t + burst', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: 500 }), fc.nat({ max: 5 })), { maxLength: 60 }),
      fc.double({ min: 7, max: 300, noNaN: true }),
      fc.integer({ min: 1, max: 8 }),
      (steps, interval, burst) => {
        const clock = createManualClock();
        const limiter = new InProcessCallerLimiter({ interval, burst }, clock);
        const granted: number[] = [];
        for (const [after, wanted] of steps) {
          clock.advance(after);
          for (let n = limiter.take('a', wanted).granted; n > 0; n -= 1) granted.push(clock.now());
        }
        for (const [first, from] of granted.entries()) {
          for (const [last, to] of granted.entries())
            if (last >= first)
              expect(last - first + 1).toBeLessThanOrEqual((to - from) / interval + burst + 1e-6);
        }
      },
    ),
  );
});

it('of a million callers the last 100,000 are known: those that were idle longest are forgotten', () => {
  const limiter = new InProcessCallerLimiter({ interval: 1e9, burst: 1 }, createManualClock());
  for (let n = 0; n < 1_000_000; n += 1) limiter.take(`caller ${n}`, 1);
  const oldestKnown = 1_000_000 - MAX_CALLERS;
  expect(limiter.take('caller 999999', 1).granted).toBe(0);
  expect(limiter.take(`caller ${oldestKnown}`, 1).granted).toBe(0);
  expect(limiter.take(`caller ${oldestKnown - 1}`, 1).granted).toBe(1);
});

it.each([
  [3, { interval: 3_000, burst: 3 }],
  [11, { interval: 11_000, burst: 1 }],
])('one of %i replicas has its part of a rate, and a burst of at least one', (replicas, rate) => {
  expect(shareOf(SIXTY, replicas)).toEqual(rate);
});

describe('a gateway with a limit of callers', () => {
  const LIMITED = { CALLER_MEETINGS_PER_MINUTE: '60', CALLER_BURST: '3' };
  const list = (from: number, count: number) =>
    `{ syncMeetings(ids: ${JSON.stringify(Array.from({ length: count }, (_, n) => meetingNumber(from + n)))}) { id } }`;
  const open = (env: Readonly<Record<string, string>> = {}) => {
    const clock = createManualClock();
    return openWorld({ env: { ...LIMITED, ...env }, clock }).then(world => ({ ...world, clock }));
  };
  const rateHeaders = ({ headers }: { readonly headers: Headers }) => ({
    policy: headers.get('ratelimit-policy'),
    limit: headers.get('ratelimit'),
    retryAfter: headers.get('retry-after'),
  });

  it('answers RATE_LIMITED for the meetings that do not fit, and makes no call for them', async () => {
    await using world = await open();
    const answer = await world.ask(list(1, 5));
    expect(answer.status).toBe(200);
    expect(answer.data['syncMeetings']).toEqual([
      { id: meetingNumber(1) },
      { id: meetingNumber(2) },
      { id: meetingNumber(3) },
      null,
      null,
    ]);
    expect(
      answer.errors.map(({ path, extensions: { code, retryable, retryAfter } }) => [
        path,
        code,
        retryable,
        retryAfter,
      ]),
    ).toEqual([
      [['syncMeetings', 3], 'RATE_LIMITED', true, 2],
      [['syncMeetings', 4], 'RATE_LIMITED', true, 2],
    ]);
    expect(world.sandbox.hits).toHaveLength(3);
    expect(rateHeaders(answer)).toEqual({
      policy: '"default";q=3;w=3',
      limit: '"default";r=0;t=3',
      retryAfter: '2',
    });
    world.clock.advance(2_000);
    const later = await world.ask(list(4, 2));
    expect(later.errors).toEqual([]);
    expect(rateHeaders(later).retryAfter).toBeNull();
  });

  it('counts a meeting once in a request, in a batch as well', async () => {
    await using world = await open({ BATCH_LIMIT: '10' });
    const query = `{ a: syncMeeting(id: "${meetingNumber(1)}") { id } b: syncMeeting(id: "${meetingNumber(1)}") { id } }`;
    const response = await fetch(world.gateway.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer token',
        'ocp-apim-subscription-key': 'sandbox-key',
      },
      body: JSON.stringify([{ query }, { query }, { query: list(1, 2) }]),
    });
    expect(rateHeaders(response).limit).toBe('"default";r=1;t=2');
    await response.body?.cancel();
  });

  it('charges for a call that is shared with another request', async () => {
    await using world = await open();
    await Promise.all([world.ask(list(1, 1)), world.ask(list(1, 1))]);
    expect(rateHeaders(await world.ask('{ __typename }')).limit).toBe('"default";r=1;t=2');
  });

  it('tells other callers apart by key and Authorization', async () => {
    await using world = await open();
    const ask = (headers: NonNullable<Ask['headers']>) => world.ask(list(1, 3), { headers });
    const headers = { authorization: 'Bearer a', 'ocp-apim-subscription-key': 'sandbox-a' };
    expect((await ask(headers)).errors).toEqual([]);
    expect((await ask(headers)).errors).toHaveLength(3);
    expect((await ask({ ...headers, authorization: 'Bearer b' })).errors).toEqual([]);
    expect((await ask({ ...headers, 'ocp-apim-subscription-key': 'sandbox-b' })).errors).toEqual([]);
  });

  it('charges nothing for a request that asks for too many meetings', async () => {
    await using world = await open();
    const { errors } = await world.ask(list(1, 101));
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['LIMIT_EXCEEDED']));
    expect(rateHeaders(await world.ask('{ __typename }')).limit).toBe('"default";r=3;t=0');
  });

  it('says nothing of limits to a caller that has none, or is not known', async () => {
    await using limited = await open();
    await using unlimited = await openWorld();
    const none = { policy: null, limit: null, retryAfter: null };
    expect(rateHeaders(await limited.ask(list(1, 1), { headers: {} }))).toEqual(none);
    expect(rateHeaders(await unlimited.ask(list(1, 1)))).toEqual(none);
  });
});
