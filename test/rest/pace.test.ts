import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { json, meeting } from '../../sandbox/reply.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { GatewayError } from '../../src/lib/errors.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { SignalSource } from '../../src/lib/signal.ts';
import { InProcessConcurrencyLimiter } from '../../src/rest/concurrency-limiter.ts';
import type { Pace } from '../../src/rest/limits.ts';
import { InProcessPace } from '../../src/rest/pace.ts';
import type { ManualClock } from '../support/clock.ts';
import { createManualClock } from '../support/clock.ts';
import { createMemoryLog } from '../support/log.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';

/** A limiter with a pace, which remembers when it granted slots, and to whom. */
function open(clock: ManualClock, pace: Pace, maxQueued = 1_000) {
  const limiter = new InProcessConcurrencyLimiter(
    { maxInFlight: 1_000, maxInFlightPerCaller: 1_000, maxQueued },
    clock,
    createMemoryLog().observer,
    pace,
  );
  const granted: { readonly at: number; readonly caller: string }[] = [];
  return {
    granted,
    times: () => granted.map(({ at }) => at),
    ask: async (
      caller: string,
      signal = new SignalSource(),
      deadline = Number.POSITIVE_INFINITY,
    ): Promise<void> => {
      const release = await limiter.acquire(caller, { signal, deadline });
      granted.push({ at: clock.now(), caller });
      release();
    },
    limiter,
  };
}

/** A pace that answers later, as one in Redis does. */
function later(pace: Pace): Pace {
  return {
    interval: pace.interval,
    take: async () => {
      await new Promise(resolve => setImmediate(resolve));
      return await pace.take();
    },
  };
}

async function settle(): Promise<void> {
  for (let n = 0; n < 10; n += 1) await new Promise(resolve => setImmediate(resolve));
}

/** Lets time pass, so that each timer is due at its own moment. */
async function pass(clock: ManualClock, milliseconds: number): Promise<void> {
  for (let n = 0; n < milliseconds; n += 10) {
    await clock.pass(Math.min(10, milliseconds - n));
    await settle();
  }
}

describe('a pace of 10 calls in a second, 2 at once', () => {
  const RATE = { interval: 100, burst: 2 };

  it.each(['at once', 'later'])('that answers %s lets the burst go, then one each 100 ms', async when => {
    const clock = createManualClock();
    const own = new InProcessPace(RATE, clock);
    const { ask, times } = open(clock, when === 'later' ? later(own) : own);
    const all = Array.from({ length: 5 }, () => ask('a'));
    await settle();
    await pass(clock, 99);
    expect(times()).toEqual([0, 0]);
    await pass(clock, 1);
    expect(times()).toHaveLength(3);
    await pass(clock, 300);
    await Promise.all(all);
    expect(times()).toHaveLength(5);
  });

  it('goes to callers in turn: a flood of one leaves the other its half', async () => {
    const clock = createManualClock();
    const { ask, granted } = open(clock, new InProcessPace(RATE, clock));
    const flood = Array.from({ length: 40 }, () => ask('flood'));
    const other = Array.from({ length: 10 }, () => ask('other'));
    await pass(clock, 2_000);
    await Promise.all(other);
    expect(granted.slice(2, 22).filter(({ caller }) => caller === 'other')).toHaveLength(10);
    await pass(clock, 5_000);
    await Promise.all(flood);
  });

  it.each([
    [3, 'queued'],
    [4, 'OVERLOADED 1'],
  ])('queues no more than the queue holds: call number %i is %s', async (number, end) => {
    const clock = createManualClock();
    const { ask } = open(clock, new InProcessPace(RATE, clock), 1);
    const ends = Array.from({ length: number }, () =>
      ask('a').then(
        () => 'queued',
        (error: unknown) =>
          error instanceof GatewayError ? `${error.code} ${error.extensions.retryAfter}` : error,
      ),
    );
    await pass(clock, 200);
    expect((await Promise.all(ends)).at(-1)).toBe(end);
  });

  it.each(['at once', 'later'])(
    'that answers %s has no turn lapse on a call that is too late for it, however long the queue is',
    async when => {
      const clock = createManualClock();
      const own = new InProcessPace(RATE, clock);
      const { ask } = open(clock, when === 'later' ? later(own) : own);
      /** The milliseconds that each call had left when its turn came; null for those that were refused. */
      const ends: Promise<number | null>[] = [];
      for (let n = 0; n < 301; n += 1) {
        const deadline = clock.now() + 1_000;
        ends.push(
          ask('a', new SignalSource(), deadline).then(
            () => deadline - clock.now(),
            () => null,
          ),
        );
        await pass(clock, 10);
      }
      await pass(clock, 1_000);
      const started = (await Promise.all(ends)).filter(left => left !== null);
      expect(started).toHaveLength(2 + 30 + 9);
      expect(Math.min(...started)).toBeGreaterThan(10);
    },
  );

  it('leaves no timer when all that were queued have left', async () => {
    const clock = createManualClock();
    const { ask } = open(clock, new InProcessPace(RATE, clock));
    const signal = new SignalSource();
    await Promise.all([ask('a'), ask('a')]);
    const left = Promise.allSettled([ask('a', signal)]);
    signal.abort(new Error('left'));
    expect(await left).toMatchObject([{ status: 'rejected' }]);
    await clock.left(0);
    const next = ask('a');
    await pass(clock, 100);
    await next;
  });
});

it('in any window of t seconds at most rate · t + burst calls go out, and none waits longer than it has to', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ after: fc.nat({ max: 400 }), calls: fc.integer({ min: 1, max: 6 }) }), {
        minLength: 1,
        maxLength: 12,
      }),
      fc.integer({ min: 10, max: 200 }),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      async (arrivals, interval, burst, answersLater) => {
        const clock = createManualClock();
        const own = new InProcessPace({ interval, burst }, clock);
        const { ask, times } = open(clock, answersLater ? later(own) : own);
        const all: Promise<void>[] = [];
        /** When the calls would go out if nothing but the rate delayed them. */
        const ideal: number[] = [];
        for (const { after, calls } of arrivals) {
          await clock.pass(after);
          await settle();
          for (let n = 0; n < calls; n += 1) {
            ideal.push(Math.max(clock.now(), (ideal.at(-burst) ?? -1e9) + interval * burst));
            all.push(ask(`caller ${n % 2}`));
          }
          await settle();
        }
        for (let n = 0; n < all.length + 2; n += 1) {
          await clock.pass(interval);
          await settle();
        }
        await Promise.all(all);
        const sent = times();
        for (const [first, from] of sent.entries()) {
          for (const [last, to] of sent.entries()) {
            if (last < first) continue;
            expect(last - first + 1).toBeLessThanOrEqual((to - from) / interval + burst + 1e-6);
          }
        }
        if (!answersLater) expect(sent.at(-1)).toBeLessThanOrEqual(Math.max(...ideal) + interval * burst);
      },
    ),
    { numRuns: 60, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: false },
  );
});

describe('with a pace', () => {
  it('a call that has no turn by its deadline is OVERLOADED, and retries take turns as well', async () => {
    await using sandbox = await startSandbox();
    const clock = createManualClock();
    await using upstream = openUpstream(sandbox, {
      clock,
      random: () => 0,
      pace: new InProcessPace({ interval: 10_000, burst: 1 }, clock),
    });
    sandbox.answerAll(exchange => (exchange.earlier === 0 ? json(503, {}) : meeting)(exchange));
    const ask = (n: number, timeout: number) => {
      const { context } = createRequestContext('test', timeout, clock);
      return upstream.sync(meetingNumber(n), callerNamed('a'), context);
    };
    const retried = ask(1, 15_000);
    const late = Promise.allSettled([ask(2, 5_000)]);
    await clock.awaited(100);
    await clock.pass(100);
    await settle();
    expect(sandbox.hits).toHaveLength(1);
    await clock.pass(4_900);
    expect(await late).toMatchObject([{ reason: { code: 'OVERLOADED' } }]);
    await clock.pass(4_999);
    await settle();
    expect(sandbox.hits).toHaveLength(1);
    await clock.pass(1);
    expect((await retried).id).toBe(meetingNumber(1));
    expect(sandbox.hits).toHaveLength(2);
  });
});
