import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GatewayError } from '../../src/lib/errors.ts';
import type { OwnedRequestContext } from '../../src/lib/request-context.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import type { Rejection } from '../../src/rest/api.ts';
import { createAttempts } from '../../src/rest/attempt.ts';
import { HOLD_NAMES } from '../../src/rest/hold.ts';
import { InProcessHolds } from '../../src/rest/holds.ts';
import { createInProcessLimits } from '../../src/rest/in-process-limits.ts';
import type { ManualClock } from '../support/clock.ts';
import { createManualClock } from '../support/clock.ts';
import { settle } from '../support/holds.ts';
import { createMemoryLog } from '../support/log.ts';
import { callerNamed } from '../support/upstream.ts';

const LIMIT = 'UPSTREAM_RATE_LIMITED';

/** Longest hold, in milliseconds. */
const MAX_HOLD = 4_000;

/** What one caller does, some milliseconds after the step before. */
const step = fc.record({
  after: fc.nat({ max: 3_000 }),
  caller: fc.constantFrom('a', 'b'),
  timeout: fc.constantFrom(500, 3_000, 15_000),
  takes: fc.nat({ max: 2_000 }),
  leaves: fc.boolean(),
  refused: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
});

it('whatever happens: while a hold lasts nothing is sent, when it ends one call goes first, everything ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async steps => {
      const clock = createManualClock();
      const { observer } = createMemoryLog();
      const limits = createInProcessLimits(
        {
          limiter: { maxInFlight: 3, maxInFlightPerCaller: 2, maxQueued: 100 },
          breaker: { enabled: false, failureRatio: 1, minAttempts: 1, window: 1, openFor: 1 },
          retryBudget: { budget: 0, budgetPerCall: 0, budgetPerSecond: 0 },
        },
        clock,
        observer,
        {
          pace: null,
          holds: new InProcessHolds(
            { nameOf: HOLD_NAMES.caller, maxHold: MAX_HOLD, maxWaiting: 100 },
            clock,
            observer,
          ),
        },
      );
      const runAttempt = createAttempts(limits, clock);
      /** Of each caller: until when it is held and refused, by which call at the latest, and how many are in flight since. */
      const held = new Map<string, { until: number; refusedUntil: number; since: number; probing: number }>();
      let sent = 0;
      const violations: string[] = [];
      const ends: Promise<unknown>[] = [];
      for (const { after, caller, timeout, takes, leaves, refused } of steps) {
        await pass(clock, after);
        const owned = createRequestContext('test', timeout, clock);
        const send = async () => {
          sent += 1;
          const sequence = sent;
          const last = held.get(caller);
          // Nobody has asked for so long that it is forgotten.
          if (last?.probing === 0 && clock.now() >= last.refusedUntil + MAX_HOLD) held.delete(caller);
          const hold = held.get(caller);
          if (hold !== undefined) {
            if (clock.now() < hold.until) violations.push('sent while held');
            if (hold.probing > 0) violations.push('sent beside the first call');
            hold.probing += 1;
          }
          const isAborted = await wait(clock, takes, owned);
          const now = held.get(caller);
          if (hold !== undefined) hold.probing -= 1;
          if (isAborted) throw owned.context.signal.reason;
          if (refused !== undefined) {
            const until = Math.max(clock.now() + Math.min(refused * 1000, MAX_HOLD), now?.until ?? 0);
            const isOngoing = now !== undefined && clock.now() < now.until;
            const refusedUntil = Math.max(clock.now() + refused * 1000, isOngoing ? now.refusedUntil : 0);
            const since = Math.max(sequence, now?.since ?? 0);
            if (now === undefined) held.set(caller, { until, refusedUntil, since, probing: 0 });
            else Object.assign(now, { until, refusedUntil, since });
            return rejection(refused);
          }
          // A call that was sent before the one that was refused proves nothing.
          if (now !== undefined && sequence > now.since) held.delete(caller);
          return { value: 1 };
        };
        ends.push(runAttempt(callerNamed(caller), owned.context, send).catch((error: unknown) => error));
        if (leaves) clock.after(timeout / 2, owned.cancel);
      }
      await pass(clock, 60_000);
      await Promise.all(ends);
      expect(violations).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

/** Lets time pass in steps, so that what becomes ready in one goes on before the next. */
async function pass(clock: ManualClock, milliseconds: number): Promise<void> {
  await clock.pass(milliseconds);
  await settle();
  await clock.pass(0);
}

/** Waits for an answer; true if the call was aborted before. */
function wait(clock: ManualClock, milliseconds: number, { context }: OwnedRequestContext): Promise<boolean> {
  return new Promise(resolve => {
    const cancel = clock.after(milliseconds, () => resolve(false));
    context.signal.onAbort(() => {
      cancel();
      resolve(true);
    });
  });
}

function rejection(seconds: number): Rejection {
  return {
    failure: new GatewayError(LIMIT, { retryAfter: seconds }),
    retry: false,
    isLimit: true,
    countsAsFailure: false,
    setting: null,
  };
}
