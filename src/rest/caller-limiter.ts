import { LRUCache } from 'lru-cache';
import type { Clock } from '../lib/clock.ts';
import type { Rate } from '../lib/rate.ts';
import { available, debtAt, take, timeUntil } from '../lib/rate.ts';
import type { Allowance, CallerLimiter } from './limits.ts';

/** Most callers whose use is known; beyond it, those that have been idle longest are forgotten. */
export const MAX_CALLERS = 100_000;

/** The limits of callers in one process. */
export class InProcessCallerLimiter implements CallerLimiter {
  readonly #rate: Rate;
  readonly #clock: Clock;
  /** When the whole burst of a caller is available again. */
  readonly #fullAt = new LRUCache<string, number>({ max: MAX_CALLERS });

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  take(callerId: string, wanted: number): Allowance {
    const now = this.#clock.now();
    const before = debtAt(this.#fullAt.get(callerId) ?? now, now);
    const { granted, debt } = take(this.#rate, before, wanted);
    if (granted > 0) this.#fullAt.set(callerId, now + debt);
    return allowanceOf(this.#rate, debt, wanted, granted);
  }
}

/** Tells what a caller was granted, and what is left. @param debt that of the caller after what was granted. */
export function allowanceOf(rate: Rate, debt: number, wanted: number, granted: number): Allowance {
  const { interval, burst } = rate;
  const refused = wanted - granted;
  const wait = timeUntil(rate, debt, Math.min(refused, burst));
  return {
    granted,
    quota: burst,
    window: Math.ceil((burst * interval) / 1000),
    remaining: available(rate, debt),
    resetAfter: Math.ceil(debt / 1000),
    retryAfter: refused === 0 ? 0 : Math.max(Math.ceil(wait / 1000), 1),
  };
}
