import type { Caller } from '../auth/caller.ts';
import type { GatewayError } from '../lib/errors.ts';
import type { RequestContext } from '../lib/request-context.ts';
import type { Signal } from '../lib/signal.ts';
import type { Outcome } from './api.ts';

/** Gives a slot back; to be called once. */
export type Release = () => void;

/** A call that asks for a slot. Its signal aborts when nobody waits for it any more; each call has its own. */
export type LimitedCall = Pick<RequestContext, 'signal' | 'deadline'>;

/** Bounds how many calls are in flight at once, and queues the others. */
export interface ConcurrencyLimiter {
  /**
   * Acquires a slot, from a queue where none is free.
   * @param callerId the id of the caller, no secret: callers are served fairly.
   * @param call its signal removes it from the queue; the promise then rejects with the signal's reason.
   * @throws GatewayError OVERLOADED at once when the queue is full, and later when its turn comes too late for its deadline.
   */
  acquire(callerId: string, call: LimitedCall): Release | Promise<Release>;
  /** Tells whether the call of a signal is in the queue. */
  isQueued(signal: Signal): boolean;
  /** The failure of a call that cannot be served: OVERLOADED, with the expected wait as `retryAfter`. */
  overloaded(): GatewayError;
}

/** Bounds how many calls go out over time. */
export interface Pace {
  /** Milliseconds between two calls in the long run. */
  readonly interval: number;
  /** Takes a turn to send one call. @returns 0 when it was taken, else the milliseconds until there may be one. */
  take(): number | Promise<number>;
}

/** What a caller was granted of what it asked for, and what is left; times in whole seconds, rounded up. */
export interface Allowance {
  readonly granted: number;
  /** How much it may ask for in a window. */
  readonly quota: number;
  readonly window: number;
  /** How much is left now. */
  readonly remaining: number;
  /** Until the whole quota is left. */
  readonly resetAfter: number;
  /** Until what was not granted may be; 0 where all was. */
  readonly retryAfter: number;
}

/** Bounds what each caller may ask for over time, whether it leads to a call or shares one. */
export interface CallerLimiter {
  /**
   * Takes what fits of what a caller wants.
   * @param callerId the id of the caller, no secret.
   * @param wanted how much it wants; 0 asks only what is left.
   */
  take(callerId: string, wanted: number): Allowance | Promise<Allowance>;
}

/** Limits over time, which replicas may share; null where there is none. */
export interface LimitsOverTime {
  readonly callerLimiter: CallerLimiter | null;
  readonly pace: Pace | null;
  readonly holds: Holds | null;
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
