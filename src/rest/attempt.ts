import type { Caller } from '../auth/caller.ts';
import type { Clock } from '../lib/clock.ts';
import type { RequestContext } from '../lib/request-context.ts';
import type { Outcome } from './api.ts';
import type { AttemptEnd, Limits } from './limits.ts';

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
  return async <Output>(
    caller: Caller,
    context: RequestContext,
    send: (queuedMs: number) => Promise<Outcome<Output>>,
  ) => {
    const checked = breaker.check();
    if (checked instanceof Promise) await checked;
    for (;;) {
      const admission = holds.admit(caller, context);
      const heldAt = admission instanceof Promise ? clock.now() : null;
      const attempt = admission instanceof Promise ? await admission : admission;
      let outcome: Outcome<Output> | null = null;
      try {
        const slot = limiter.acquire(caller.id, context);
        const queuedAt = heldAt ?? (slot instanceof Promise ? clock.now() : null);
        const release = slot instanceof Promise ? await slot : slot;
        try {
          const now = clock.now();
          // A busy process may come to this before the timer that ends the request.
          if (context.deadline <= now) throw limiter.overloaded();
          // A hold has begun since the attempt was admitted: it is admitted anew.
          if (!attempt.start()) continue;
          // It may have opened while the call was queued.
          const admitted = breaker.admit(caller.id);
          const report = admitted instanceof Promise ? await admitted : admitted;
          try {
            outcome = await send(queuedAt === null ? 0 : now - queuedAt);
            return outcome;
          } finally {
            report(outcome === null ? 'aborted' : endOf(outcome));
          }
        } finally {
          release();
        }
      } finally {
        // Without an await since the slot was released: its next call must know the hold that this one has begun.
        attempt.end(outcome);
      }
    }
  };
}

function endOf(outcome: Outcome<unknown>): AttemptEnd {
  if ('value' in outcome || outcome.countsAsFailure === false) return 'succeeded';
  return outcome.countsAsFailure ? 'failed' : 'aborted';
}
