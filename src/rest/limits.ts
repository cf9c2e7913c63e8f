import type { Caller } from '../auth/caller.ts';
import type { GatewayError } from '../lib/errors.ts';
import type { RequestContext } from '../lib/request-context.ts';
import type { Signal } from '../lib/signal.ts';
import type { Outcome } from './api.ts';

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

/** An attempt that no hold keeps back. */
export interface HeldAttempt {
  /** To be called right before it is sent. @returns false if a hold has begun since it was admitted: it must not be sent. */
  start(): boolean;
  /** Reports, once, what it came to; null where it was not sent or was aborted. */
  end(outcome: Outcome<unknown> | null): void;
}

/** Keeps calls back whose credentials the upstream has just refused for a time, so that it is not asked in vain. */
export interface Holds {
  /**
   * Admits an attempt: at once where nothing keeps it back, else when its hold has ended and it may go.
   * @throws GatewayError with the code of the refusal, and the seconds that are left as `retryAfter`, when the hold lasts
   * longer than the call may; the reason of the context's signal when that aborts.
   */
  admit(caller: Caller, context: RequestContext): HeldAttempt | Promise<HeldAttempt>;
  /** What the call of a signal fails with that is being held; null for any other call. */
  failureOf(signal: Signal): GatewayError | null;
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
  readonly holds: Holds;
}
