import type { Clock } from '../lib/clock.ts';
import type { Observer } from '../observability/observer.ts';
import type { CircuitBreakerOptions } from './circuit-breaker.ts';
import { InProcessCircuitBreaker } from './circuit-breaker.ts';
import type { ConcurrencyLimiterOptions } from './concurrency-limiter.ts';
import { InProcessConcurrencyLimiter } from './concurrency-limiter.ts';
import type { HoldsOptions } from './holds.ts';
import { InProcessHolds } from './holds.ts';
import type { HeldAttempt, Holds, Limits } from './limits.ts';
import type { RetryBudgetOptions } from './retry-budget.ts';
import { InProcessRetryBudget } from './retry-budget.ts';

/** Settings of the limits. */
export interface LimitsOptions {
  readonly limiter: ConcurrencyLimiterOptions;
  readonly breaker: CircuitBreakerOptions;
  readonly retryBudget: RetryBudgetOptions;
  /** Null where no call is held. */
  readonly holds: HoldsOptions | null;
}

const UNHELD: HeldAttempt = { start: () => true, end: () => {} };

/** Keeps no call back. */
const NO_HOLDS: Holds = { admit: () => UNHELD, failureOf: () => null };

/** Makes the limits of one process, which it shares with no other. */
export function createInProcessLimits(options: LimitsOptions, clock: Clock, observer: Observer): Limits {
  return {
    limiter: new InProcessConcurrencyLimiter(options.limiter, clock, observer),
    breaker: new InProcessCircuitBreaker(options.breaker, clock, observer),
    holds: options.holds === null ? NO_HOLDS : new InProcessHolds(options.holds, clock, observer),
    retryBudget: new InProcessRetryBudget(options.retryBudget, clock),
  };
}
