import { LRUCache } from 'lru-cache';
import type { Clock } from '../lib/clock.ts';
import type { Rate, Taken } from '../lib/rate.ts';
import { debtAt, shareOf, take } from '../lib/rate.ts';
import type { RedisLink } from './link.ts';
import { TAKE_SCRIPT_HASH } from './take-script.ts';

/** Most keys whose debts are known; beyond it, those that have been idle longest are forgotten. */
const MAX_KNOWN = 100_000;

/** What a replica knows of a key: times at which a whole burst is available again. */
interface Known {
  /** By the last reply of Redis, and by its clock. */
  readonly stored: number;
  /** The same by the clock of this replica, as are the next. */
  readonly shared: number;
  /** With what this replica has granted without Redis since then; not earlier than that. */
  readonly own: number;
}

const NOTHING: Known = { stored: 0, shared: Number.NEGATIVE_INFINITY, own: Number.NEGATIVE_INFINITY };

/**
 * A rate that replicas share, for each of its keys. While Redis cannot be used, each replica goes on with its part of the
 * rate from the debt that it knows. Afterwards Redis gets both: the debt that was known, as Redis may have lost it, and
 * what was granted without it.
 */
export class SharedRate {
  /** The rate of all replicas. */
  readonly rate: Rate;
  /** That of this one, while Redis cannot be used. */
  readonly ownRate: Rate;
  readonly #replicas: number;
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #known = new LRUCache<string, Known>({ max: MAX_KNOWN });

  constructor(rate: Rate, replicas: number, link: RedisLink, clock: Clock) {
    this.rate = rate;
    this.ownRate = shareOf(rate, replicas);
    this.#replicas = replicas;
    this.#link = link;
    this.#clock = clock;
  }

  /** The debt of a key, in milliseconds, by the last reply of Redis: by now it is at least that. */
  knownDebt(key: string): number {
    return debtAt(this.#knownOf(key).shared, this.#clock.now());
  }

  /** Takes what fits of what is wanted. @returns null where Redis cannot be used. */
  async take(key: string, wanted: number): Promise<Taken | null> {
    if (!this.#link.isUsable) return null;
    // Not when the reply is there: a debt that is taken for larger than it is would grow with each command.
    const sentAt = this.#clock.now();
    const { stored: known } = this.#knownOf(key);
    const owed = this.#collect(key, sentAt);
    const { interval, burst } = this.rate;
    const taken = await this.#link.run(async redis => {
      const name = `${this.#link.prefix}${key}`;
      const args = [interval, burst, wanted, known, owed / this.#replicas];
      const reply: unknown = await redis.evalsha(TAKE_SCRIPT_HASH, 1, name, ...args);
      if (!Array.isArray(reply)) throw new Error('REPLY');
      return { granted: Number(reply[0]), debt: Number(reply[1]), stored: Number(reply[2]) };
    });
    const { stored, shared, own } = this.#knownOf(key);
    if (taken === null) {
      if (owed > 0) this.#known.set(key, { stored, shared, own: Math.max(own, this.#clock.now()) + owed });
      return null;
    }
    const since = Math.max(own - Math.max(shared, sentAt), 0);
    const sharedUntil = sentAt + taken.debt;
    this.#known.set(key, { stored: taken.stored, shared: sharedUntil, own: sharedUntil + since });
    return taken;
  }

  /** Takes what fits of this replica's part, without Redis. */
  takeWithout(key: string, wanted: number): Taken {
    const now = this.#clock.now();
    const known = this.#knownOf(key);
    const taken = take(this.ownRate, debtAt(known.own, now), wanted);
    if (taken.granted > 0) this.#known.set(key, { ...known, own: now + taken.debt });
    return taken;
  }

  /** What this replica has granted without Redis, in milliseconds of debt by its own rate; from now on it counts as told. */
  #collect(key: string, now: number): number {
    const known = this.#knownOf(key);
    const owed = Math.max(known.own - Math.max(known.shared, now), 0);
    if (owed > 0) this.#known.set(key, { ...known, own: known.shared });
    return owed;
  }

  #knownOf(key: string): Known {
    return this.#known.get(key) ?? NOTHING;
  }
}
