import type { Clock } from '../lib/clock.ts';
import type { RequestContext } from '../lib/request-context.ts';
import type { Outcome } from './api.ts';
import type { AttemptEnd, Limits } from './limits.ts';

/**
 * A call that was queued is started only with more than so many milliseconds left: no response comes that fast, and
 * requests that came in one burst reach their deadlines within about as long.
 */
const MIN_TIME_LEFT = 10;

/** Makes one attempt at a call within the limits. @param send is called with the milliseconds that it was queued. */
export type RunAttempt = <Output>(
  callerId: string,
  context: RequestContext,
  send: (queuedMs: number) => Promise<Outcome<Output>>,
) => Promise<Outcome<Output>>;

/**
 * Makes what takes an attempt through the circuit breaker and the concurrency limiter.
 * It rejects with the GatewayError of the limit that refuses, or the reason of the context's signal.
 */
export function createAttempts({ limiter, breaker }: Limits, clock: Clock): RunAttempt {
  return async (callerId, context, send) => {
    const checked = breaker.check();
    if (checked instanceof Promise) await checked;
    const acquired = limiter.acquire(callerId, context.signal);
    const queuedAt = acquired instanceof Promise ? clock.now() : null;
    const release = acquired instanceof Promise ? await acquired : acquired;
    try {
      const now = clock.now();
      // A busy process may come to this before the timer that ends the request.
      const minTimeLeft = queuedAt === null ? 0 : MIN_TIME_LEFT;
      if (context.deadline - now <= minTimeLeft) throw limiter.overloaded();
      // It may have opened while the call was queued.
      const admitted = breaker.admit(callerId);
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
  };
}

function endOf(outcome: Outcome<unknown>): AttemptEnd {
  if ('value' in outcome || outcome.countsAsFailure === false) return 'succeeded';
  return outcome.countsAsFailure ? 'failed' : 'aborted';
}
