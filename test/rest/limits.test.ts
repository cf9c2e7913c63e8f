import { describe, expect, it } from 'vitest';
import { json, meeting } from '../../sandbox/reply.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { GatewayError } from '../../src/lib/errors.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { HOLD_NAMES } from '../../src/rest/hold.ts';
import { InProcessHolds } from '../../src/rest/holds.ts';
import { createInProcessLimits } from '../../src/rest/in-process-limits.ts';
import type { AttemptEnd, Limits, Release } from '../../src/rest/limits.ts';
import { createManualClock } from '../support/clock.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';

const HOLDS = { nameOf: HOLD_NAMES.caller, maxHold: 60_000, maxWaiting: 1_000 };
const A = meetingNumber(1);
const CALLER = callerNamed('a');

/** Answers as limits in another process would: once the event loop has turned. */
async function later<T>(answer: () => T | Promise<T>): Promise<T> {
  await new Promise(resolve => setImmediate(resolve));
  return await answer();
}

/** The limits of one process, each of which answers later. */
function answeringLater({ limiter, breaker, holds, retryBudget }: Limits): Limits {
  return {
    limiter: {
      acquire: (callerId, call) => later(() => limiter.acquire(callerId, call)),
      isQueued: signal => limiter.isQueued(signal),
      overloaded: () => limiter.overloaded(),
    },
    breaker: {
      check: () => later(() => breaker.check()),
      admit: callerId => later(() => breaker.admit(callerId)),
    },
    holds: {
      admit: (caller, context) => later(() => holds.admit(caller, context)),
      failureOf: signal => holds.failureOf(signal),
    },
    retryBudget: {
      deposit: () => retryBudget.deposit(),
      withdraw: () => later(() => retryBudget.withdraw()),
      available: () => retryBudget.available(),
    },
  };
}

/** A client of a sandbox with limits that answer later, with parts of them replaced. */
async function open(parts: (limits: Limits) => Partial<Limits> = () => ({}), budget = 10) {
  await using made = new AsyncDisposableStack();
  const sandbox = made.use(await startSandbox());
  const clock = createManualClock();
  const options = {
    limiter: { maxInFlight: 1, maxInFlightPerCaller: 1, maxQueued: 1 },
    breaker: { enabled: true, failureRatio: 0.5, minAttempts: 2, window: 10_000, openFor: 5_000 },
    retryBudget: { budget, budgetPerCall: 0, budgetPerSecond: 0 },
  };
  const upstream = made.use(
    openUpstream(sandbox, {
      clock,
      random: () => 0,
      limits: observer => {
        const limits = answeringLater(
          createInProcessLimits(options, clock, observer, {
            pace: null,
            holds: new InProcessHolds(HOLDS, clock, observer),
          }),
        );
        return { ...limits, ...parts(limits) };
      },
    }),
  );
  const owned = createRequestContext('test', 15_000, clock);
  const all = made.move();
  return {
    sandbox,
    clock,
    ...owned,
    sync: (n: number) => upstream.sync(meetingNumber(n), CALLER, owned.context),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

describe('limits that answer later', () => {
  it('let calls pass, one after another where there is one slot', async () => {
    await using world = await open();
    expect((await world.sync(1)).id).toBe(A);
    const both = await Promise.all([world.sync(2), world.sync(3)]);
    expect(both.map(({ id }) => id)).toEqual([meetingNumber(2), meetingNumber(3)]);
  });

  it('refuse calls: the queue when it is full, the breaker when it is open', async () => {
    await using world = await open(undefined, 0);
    const full = await Promise.allSettled([1, 2, 3].map(world.sync));
    expect(full.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(full[2]).toMatchObject({ reason: { code: 'OVERLOADED' } });
    world.sandbox.answerAll(json(500, 'Server Error'));
    for (const n of [4, 5, 6]) await expect(world.sync(n)).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' });
    await expect(world.sync(7)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(world.sandbox.hits).toHaveLength(5);
  });

  it.each([
    [0, 1, 'UPSTREAM_UNAVAILABLE'],
    [1, 2, 'answered'],
  ])('with a retry budget of %i allow %i attempts', async (budget, hits, end) => {
    await using world = await open(undefined, budget);
    world.sandbox.answerAll(exchange => (exchange.earlier === 0 ? json(503, {}) : meeting)(exchange));
    const call = world.sync(1).then(
      () => 'answered',
      (error: unknown) => (error instanceof GatewayError ? error.code : 'unexpected'),
    );
    if (hits === 2) {
      await world.clock.awaited(100);
      world.clock.advance(100);
    }
    expect(await call).toBe(end);
    expect(world.sandbox.hits).toHaveLength(hits);
  });

  it('get a slot back that they grant when nobody waits any more, and nothing is sent', async () => {
    const granted = Promise.withResolvers<Release>();
    const released = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    await using world = await open(({ limiter }) => ({
      limiter: {
        acquire() {
          asked.resolve();
          return granted.promise;
        },
        isQueued: signal => limiter.isQueued(signal),
        overloaded: () => limiter.overloaded(),
      },
    }));
    const call = world.sync(1);
    await asked.promise;
    world.cancel();
    await expect(call).rejects.toThrow('nobody waits');
    granted.resolve(released.resolve);
    await released.promise;
    expect(world.sandbox.hits).toHaveLength(0);
  });

  it('do not cause a retry that they allow when nobody waits any more', async () => {
    const allowed = Promise.withResolvers<boolean>();
    const asked = Promise.withResolvers<void>();
    await using world = await open(({ retryBudget }) => ({
      retryBudget: {
        deposit: () => retryBudget.deposit(),
        available: () => retryBudget.available(),
        withdraw() {
          asked.resolve();
          return allowed.promise;
        },
      },
    }));
    world.sandbox.answerAll(json(503, {}));
    const call = world.sync(1);
    await asked.promise;
    world.cancel();
    await expect(call).rejects.toThrow('nobody waits');
    allowed.resolve(true);
    await new Promise(resolve => setImmediate(resolve));
    await world.clock.left(0);
    world.clock.advance(10_000);
    expect(world.sandbox.hits).toHaveLength(1);
  });

  it('are told that an attempt was aborted which they admit when nobody waits any more', async () => {
    const admitted = Promise.withResolvers<(end: AttemptEnd) => void>();
    const ended = Promise.withResolvers<AttemptEnd>();
    const asked = Promise.withResolvers<void>();
    await using world = await open(({ breaker }) => ({
      breaker: {
        check: () => breaker.check(),
        admit() {
          asked.resolve();
          return admitted.promise;
        },
      },
    }));
    const call = world.sync(1);
    await asked.promise;
    world.cancel();
    await expect(call).rejects.toThrow('nobody waits');
    admitted.resolve(ended.resolve);
    expect(await ended.promise).toBe('aborted');
    expect(world.sandbox.hits).toHaveLength(0);
  });
});
