import type { Clock } from '../lib/clock.ts';
import type { Observer } from '../observability/observer.ts';
import type { CircuitBreakerOptions } from './circuit-breaker.ts';
import { InProcessCircuitBreaker } from './circuit-breaker.ts';
import type { ConcurrencyLimiterOptions } from './concurrency-limiter.ts';
import { InProcessConcurrencyLimiter } from './concurrency-limiter.ts';
import type { Limits } from './limits.ts';
import type { RetryBudgetOptions } from './retry-budget.ts';
import { InProcessRetryBudget } from './retry-budget.ts';

/** Settings of the limits. */
export interface LimitsOptions {
  readonly limiter: ConcurrencyLimiterOptions;
  readonly breaker: CircuitBreakerOptions;
  readonly retryBudget: RetryBudgetOptions;
}

/** Makes the limits of one process, which it shares with no other. */
export function createInProcessLimits(options: LimitsOptions, clock: Clock, observer: Observer): Limits {
  return {
    limiter: new InProcessConcurrencyLimiter(options.limiter, clock, observer),
    breaker: new InProcessCircuitBreaker(options.breaker, clock, observer),
    retryBudget: new InProcessRetryBudget(options.retryBudget, clock),
  };
}
