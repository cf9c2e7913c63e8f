import type { Caller } from '../auth/caller.ts';
import type { Clock } from '../lib/clock.ts';
import type { RequestContext } from '../lib/request-context.ts';
import type { Outcome } from './api.ts';
import type { AttemptEnd, HeldAttempt, Limits } from './limits.ts';

/**
 * A call that was queued is started only with more than so many milliseconds left: no response comes that fast, and
 * requests that came in one burst reach their deadlines within about as long.
 */
const MIN_TIME_LEFT = 10;

/** Makes one attempt at a call within the limits. @param send is called with the milliseconds that it was held or queued. */
export type RunAttempt = <Output>(
  caller: Caller,
  context: RequestContext,
  send: (queuedMs: number) => Promise<Outcome<Output>>,
) => Promise<Outcome<Output>>;

/**
 * Makes what takes an attempt through the circuit breaker, the holds and the concurrency limiter.
 * It rejects with the GatewayError of the limit that refuses, or the reason of the context's signal.
 */
export function createAttempts({ limiter, breaker, holds }: Limits, clock: Clock): RunAttempt {
  /** Sends an attempt once it has a slot; null if a hold has begun before that. */
  async function sendInSlot<Output>(
    { id }: Caller,
    context: RequestContext,
    attempt: HeldAttempt,
    heldAt: number | null,
    send: (queuedMs: number) => Promise<Outcome<Output>>,
  ): Promise<Outcome<Output> | null> {
    const acquired = limiter.acquire(id, context.signal);
    const queuedAt = heldAt ?? (acquired instanceof Promise ? clock.now() : null);
    const release = acquired instanceof Promise ? await acquired : acquired;
    try {
      const now = clock.now();
      // A busy process may come to this before the timer that ends the request.
      const minTimeLeft = acquired instanceof Promise ? MIN_TIME_LEFT : 0;
      if (context.deadline - now <= minTimeLeft) throw limiter.overloaded();
      if (!attempt.start()) return null;
      // It may have opened while the call was queued.
      const admitted = breaker.admit(id);
      const report = admitted instanceof Promise ? await admitted : admitted;
      let end: AttemptEnd = 'aborted';
      try {
        const outcome = await send(queuedAt === null ? 0 : now - queuedAt);
        end = endOf(outcome);
        return outcome;
      } finally {
        report(end);
      }
    } finally {
      release();
    }
  }

  return async <Output>(
    caller: Caller,
    context: RequestContext,
    send: (queuedMs: number) => Promise<Outcome<Output>>,
  ) => {
    const checked = breaker.check();
    if (checked instanceof Promise) await checked;
    for (;;) {
      const admitted = holds.admit(caller, context);
      const heldAt = admitted instanceof Promise ? clock.now() : null;
      const attempt = admitted instanceof Promise ? await admitted : admitted;
      let outcome: Outcome<Output> | null = null;
      try {
        outcome = await sendInSlot(caller, context, attempt, heldAt, send);
        if (outcome !== null) return outcome;
      } finally {
        attempt.end(outcome);
      }
    }
  };
}

function endOf(outcome: Outcome<unknown>): AttemptEnd {
  if ('value' in outcome || outcome.countsAsFailure === false) return 'succeeded';
  return outcome.countsAsFailure ? 'failed' : 'aborted';
}
