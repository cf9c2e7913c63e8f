import type { GatewayError } from '../lib/errors.ts';
import type { Signal } from '../lib/signal.ts';

/** Gives a slot back; to be called once. */
export type Release = () => void;

/** Bounds how many calls are in flight at once, and queues the others. */
export interface ConcurrencyLimiter {
  /**
   * Acquires a slot, from a queue where none is free.
   * @param callerId the id of the caller, no secret: callers are served fairly.
   * @param signal removes the call from the queue; the promise then rejects with its reason. Each call has its own.
   * @throws GatewayError OVERLOADED at once when the queue is full.
   */
  acquire(callerId: string, signal: Signal): Release | Promise<Release>;
  /** Tells whether the call of a signal is in the queue. */
  isQueued(signal: Signal): boolean;
  /** The failure of a call that cannot be served: OVERLOADED, with the expected wait as `retryAfter`. */
  overloaded(): GatewayError;
}

/** How an attempt ended. One that was aborted, by whoever waited or by the gateway itself, says nothing about the upstream. */
export type AttemptEnd = 'succeeded' | 'failed' | 'aborted';

/** Reports, once, how an admitted attempt ended. */
export type ReportEnd = (end: AttemptEnd) => void;

/** Refuses attempts while the upstream is in trouble, so that it can recover and callers learn at once. */
export interface CircuitBreaker {
  /** @throws GatewayError UPSTREAM_UNAVAILABLE with `retryAfter` when an attempt would be refused now. */
  check(): undefined | Promise<undefined>;
  /**
   * Admits an attempt.
   * @param callerId the id of the caller, no secret.
   * @throws GatewayError UPSTREAM_UNAVAILABLE with `retryAfter` when the breaker is open.
   */
  admit(callerId: string): ReportEnd | Promise<ReportEnd>;
}

/** Bounds what retries add to the load. */
export interface RetryBudget {
  /** Counts a first attempt. */
  deposit(): void;
  /** Withdraws what a retry costs; false when there is not enough. */
  withdraw(): boolean | Promise<boolean>;
  /** How many retries the budget holds now, in parts of a retry. */
  available(): number;
}

/**
 * All limits of a client. Each may answer at once or later: those of one process answer at once and cost no microtask,
 * and limits that several processes share (in Redis, say) can take their place.
 */
export interface Limits {
  readonly limiter: ConcurrencyLimiter;
  readonly breaker: CircuitBreaker;
  readonly retryBudget: RetryBudget;
}
