import type { Clock } from '../lib/clock.ts';
import type { Observer } from '../observability/observer.ts';
import type { CircuitBreakerOptions } from './circuit-breaker.ts';
import { InProcessCircuitBreaker } from './circuit-breaker.ts';
import type { ConcurrencyLimiterOptions } from './concurrency-limiter.ts';
import { InProcessConcurrencyLimiter } from './concurrency-limiter.ts';
import type { HeldAttempt, Holds, Limits, LimitsOverTime } from './limits.ts';
import type { RetryBudgetOptions } from './retry-budget.ts';
import { InProcessRetryBudget } from './retry-budget.ts';

/** Settings of the limits. */
export interface LimitsOptions {
  readonly limiter: ConcurrencyLimiterOptions;
  readonly breaker: CircuitBreakerOptions;
  readonly retryBudget: RetryBudgetOptions;
}

const UNHELD: HeldAttempt = { start: () => true, end: () => {} };

/** Keeps no call back. */
const NO_HOLDS: Holds = { admit: () => UNHELD, failureOf: () => null };

/** Makes the limits of one process; those over time are made elsewhere, as other processes may share them. */
export function createInProcessLimits(
  options: LimitsOptions,
  clock: Clock,
  observer: Observer,
  { pace, holds }: Pick<LimitsOverTime, 'pace' | 'holds'> = { pace: null, holds: null },
): Limits {
  return {
    limiter: new InProcessConcurrencyLimiter(options.limiter, clock, observer, pace),
    breaker: new InProcessCircuitBreaker(options.breaker, clock, observer),
    holds: holds ?? NO_HOLDS,
    retryBudget: new InProcessRetryBudget(options.retryBudget, clock),
  };
}
