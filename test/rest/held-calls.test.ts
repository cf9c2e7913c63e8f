import { describe, expect, it } from 'vitest';
import { rateLimited } from '../../sandbox/apim.ts';
import type { Reply } from '../../sandbox/reply.ts';
import { json, meeting } from '../../sandbox/reply.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { openRefusing, settle } from '../support/holds.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';

const LIMIT = 'UPSTREAM_RATE_LIMITED';

describe('a call that is held', () => {
  it.each([
    [9_999, `${LIMIT} 10`],
    [10_000, `${LIMIT} 10`],
    [10_001, 'answered'],
  ])('for 10 s and may take %i ms is %s', async (timeout, end) => {
    await using world = await openRefusing(rateLimited(10));
    // The first has no time for a retry.
    await world.ask('a', 5_000).call;
    world.sandbox.answerAll(meeting);
    const { call } = world.ask('a', timeout);
    if (end === 'answered') {
      world.clock.advance(9_999);
      await settle();
      expect(world.hits()).toBe(1);
      world.clock.advance(1);
    }
    expect(await call).toBe(end);
    expect(world.hits()).toBe(end === 'answered' ? 2 : 1);
  });

  it('takes no slot from others, nor does it keep their place in the queue', async () => {
    await using world = await openRefusing(rateLimited(10), { limiter: { maxInFlight: 1, maxQueued: 1 } });
    await world.ask('a').call;
    world.sandbox.answerAll(meeting);
    const held = Array.from({ length: 5 }, () => world.ask('a', 20_000).call);
    await settle();
    expect(await world.ask('b').call).toBe('answered');
    expect(world.hits()).toBe(2);
    world.clock.advance(10_000);
    await settle();
    const ends = await Promise.all(held);
    expect(ends.filter(end => end === 'answered').length).toBeGreaterThanOrEqual(2);
  });

  it('that was queued for a slot when the hold began is not sent', async () => {
    const refuse = Promise.withResolvers<void>();
    const reply: Reply = async exchange => {
      await refuse.promise;
      await rateLimited(57)(exchange);
    };
    await using world = await openRefusing(reply, { limiter: { maxInFlight: 1 } });
    const first = world.ask('a');
    await world.sandbox.hit(1);
    const queued = [world.ask('a'), world.ask('a'), world.ask('b')];
    await settle();
    world.sandbox.answerAll(meeting);
    refuse.resolve();
    expect(await first.call).toBe(`${LIMIT} 57`);
    expect(await Promise.all(queued.map(({ call }) => call))).toEqual([
      `${LIMIT} 57`,
      `${LIMIT} 57`,
      'answered',
    ]);
    expect(world.hits()).toBe(2);
  });

  it('leaves when its client does; the others go on', async () => {
    await using world = await openRefusing(rateLimited(10));
    await world.ask('a').call;
    world.sandbox.answerAll(meeting);
    const held = [world.ask('a'), world.ask('a'), world.ask('a')];
    await settle();
    held[0]?.cancel();
    expect(await held[0]?.call).toBe('left');
    world.clock.advance(10_000);
    expect(await Promise.all(held.map(({ call }) => call))).toEqual(['left', 'answered', 'answered']);
    expect(world.hits()).toBe(3);
  });

  it('leaves no timer when all have left', async () => {
    await using world = await openRefusing(rateLimited(10));
    await world.ask('a', 5_000).call;
    const held = [world.ask('a'), world.ask('a')];
    await settle();
    for (const { cancel } of held) cancel();
    await Promise.all(held.map(({ call }) => call));
    world.clock.advance(5_000);
    await world.clock.left(0);
  });

  it('fails with the code of the refusal if its deadline passes while the first call is in flight', async () => {
    await using world = await openRefusing(rateLimited(10), { attemptTimeout: 100_000 });
    await world.ask('a', 5_000).call;
    world.sandbox.answerAll(() => {});
    const first = world.ask('a', 60_000);
    const second = world.ask('a', 15_000);
    await settle();
    world.clock.advance(10_000);
    await world.sandbox.hit(2);
    world.clock.advance(5_000);
    expect(await second.call).toBe(`${LIMIT} 1`);
    first.cancel();
    await first.call;
  });

  it.each([
    [2, ['answered', 'answered']],
    [3, ['answered', 'answered', `${LIMIT} 10`]],
  ])('is one of at most two that wait: of %i, %j', async (count, ends) => {
    await using world = await openRefusing(rateLimited(10), { holds: { maxWaiting: 2 } });
    await world.ask('a').call;
    world.sandbox.answerAll(meeting);
    const held = Array.from({ length: count }, () => world.ask('a').call);
    await settle();
    world.clock.advance(10_000);
    expect(await Promise.all(held)).toEqual(ends);
  });
});

describe('when a hold ends', () => {
  it('1,000 callers that wait lead to one call first, and follow when it succeeds', async () => {
    const answer = Promise.withResolvers<void>();
    await using world = await openRefusing(rateLimited(10));
    // One key for all: the callers of this test differ by their tokens alone.
    await using upstream = openUpstream(world.sandbox, {
      clock: world.clock,
      holds: { nameOf: () => 'one key' },
      retry: { budget: 0, budgetPerSecond: 0 },
    });
    const ask = (n: number) => {
      const { context } = createRequestContext('test', 15_000, world.clock);
      return upstream.sync(meetingNumber(1), callerNamed(`caller-${n}`), context);
    };
    await expect(ask(0)).rejects.toMatchObject({ code: LIMIT });
    world.sandbox.answerAll(async exchange => {
      await answer.promise;
      await meeting(exchange);
    });
    const waiting = Array.from({ length: 1_000 }, (_, n) => ask(n + 1));
    world.clock.advance(9_999);
    await settle();
    expect(world.hits()).toBe(1);
    world.clock.advance(1);
    await world.sandbox.hit(2);
    await settle();
    expect(world.hits()).toBe(2);
    answer.resolve();
    expect(new Set((await Promise.all(waiting)).map(({ id }) => id))).toEqual(new Set([meetingNumber(1)]));
    expect(world.hits()).toBe(1_001);
  });

  it('and the first call is refused, the others fail or wait again, and none is sent', async () => {
    await using world = await openRefusing(rateLimited(10));
    await world.ask('a', 5_000).call;
    const short = [world.ask('a', 15_000), world.ask('a', 15_000)];
    const long = world.ask('a', 25_000);
    await settle();
    world.clock.advance(10_000);
    expect(await Promise.all(short.map(({ call }) => call))).toEqual([`${LIMIT} 10`, `${LIMIT} 10`]);
    expect(world.hits()).toBe(2);
    world.sandbox.answerAll(meeting);
    world.clock.advance(9_999);
    await settle();
    expect(world.hits()).toBe(2);
    world.clock.advance(1);
    expect(await long.call).toBe('answered');
    expect(world.hits()).toBe(3);
  });

  it('and the client of the first call leaves, the next goes first', async () => {
    await using world = await openRefusing(rateLimited(10));
    await world.ask('a').call;
    world.sandbox.answerAll(() => {});
    const held = [world.ask('a'), world.ask('a'), world.ask('a')];
    await settle();
    world.clock.advance(10_000);
    await world.sandbox.hit(2);
    world.sandbox.answerAll(meeting);
    held[0]?.cancel();
    expect(await Promise.all(held.map(({ call }) => call))).toEqual(['left', 'answered', 'answered']);
  });

  it('and the first call fails for another reason, the others follow: it was not refused', async () => {
    await using world = await openRefusing(rateLimited(10));
    await world.ask('a').call;
    world.sandbox.answerAll(exchange => (exchange.earlier === 0 ? json(404, 'No') : meeting)(exchange));
    const held = [world.ask('a'), world.ask('a')];
    await settle();
    world.clock.advance(10_000);
    expect(await Promise.all(held.map(({ call }) => call))).toEqual([
      'NOT_FOUND undefined',
      'NOT_FOUND undefined',
    ]);
    expect(world.hits()).toBe(3);
  });

  it('and nobody waits, the first of those that come then goes first', async () => {
    const answer = Promise.withResolvers<void>();
    await using world = await openRefusing(rateLimited(10));
    await world.ask('a').call;
    world.sandbox.answerAll(async exchange => {
      await answer.promise;
      await meeting(exchange);
    });
    world.clock.advance(10_000);
    const late = [world.ask('a'), world.ask('a'), world.ask('a')];
    await world.sandbox.hit(2);
    await settle();
    expect(world.hits()).toBe(2);
    answer.resolve();
    expect(await Promise.all(late.map(({ call }) => call))).toEqual(['answered', 'answered', 'answered']);
  });
});
