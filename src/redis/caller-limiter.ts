import { LRUCache } from 'lru-cache';
import type { Clock } from '../lib/clock.ts';
import type { Rate } from '../lib/rate.ts';
import { available } from '../lib/rate.ts';
import { allowanceOf, InProcessCallerLimiter } from '../rest/caller-limiter.ts';
import type { Allowance, CallerLimiter } from '../rest/limits.ts';
import type { RedisLink } from './link.ts';
import { runTake } from './link.ts';

/** Most callers whose refusal is remembered. */
const MAX_REFUSED = 10_000;

/**
 * The limits of callers that replicas share. A refusal is remembered until it can end, so that a caller far over its limit
 * costs Redis nothing.
 */
export class SharedCallerLimiter implements CallerLimiter {
  readonly #rate: Rate;
  /** What each caller is limited by while Redis cannot be used. It counts all that is granted, so that no burst is granted twice. */
  readonly #fallback: InProcessCallerLimiter;
  readonly #link: RedisLink;
  readonly #clock: Clock;
  /** When the whole burst of a caller is available again that was refused. */
  readonly #fullAt = new LRUCache<string, number>({ max: MAX_REFUSED });

  constructor(rate: Rate, fallbackRate: Rate, link: RedisLink, clock: Clock) {
    this.#rate = rate;
    this.#fallback = new InProcessCallerLimiter(fallbackRate, clock);
    this.#link = link;
    this.#clock = clock;
  }

  take(callerId: string, wanted: number): Allowance | Promise<Allowance> {
    if (!this.#link.isUsable) return this.#fallback.take(callerId, wanted);
    const debt = (this.#fullAt.get(callerId) ?? 0) - this.#clock.now();
    if (debt > 0 && available(this.#rate, debt) === 0) return allowanceOf(this.#rate, debt, wanted, 0);
    return this.#ask(callerId, wanted);
  }

  async #ask(callerId: string, wanted: number): Promise<Allowance> {
    const { interval, burst } = this.#rate;
    const key = `${this.#link.prefix}caller:${callerId}`;
    const taken = await this.#link.run(redis => runTake(redis, key, [interval, burst, wanted]));
    if (taken === null) return this.#fallback.take(callerId, wanted);
    if (taken.granted > 0) this.#fallback.spend(callerId, taken.granted);
    if (taken.granted < wanted) this.#fullAt.set(callerId, this.#clock.now() + taken.debt);
    return allowanceOf(this.#rate, taken.debt, wanted, taken.granted);
  }
}
