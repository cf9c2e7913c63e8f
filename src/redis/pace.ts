import type { Clock } from '../lib/clock.ts';
import type { Rate } from '../lib/rate.ts';
import { timeUntil } from '../lib/rate.ts';
import type { Pace } from '../rest/limits.ts';
import { InProcessPace } from '../rest/pace.ts';
import type { RedisLink } from './link.ts';
import { runTake } from './link.ts';

/** The pace that replicas share. */
export class SharedPace implements Pace {
  readonly interval: number;
  readonly #rate: Rate;
  /** The pace of this replica while Redis cannot be used. It counts all calls, so that no burst is granted twice. */
  readonly #fallback: InProcessPace;
  readonly #link: RedisLink;

  constructor(rate: Rate, fallbackRate: Rate, link: RedisLink, clock: Clock) {
    this.interval = rate.interval;
    this.#rate = rate;
    this.#fallback = new InProcessPace(fallbackRate, clock);
    this.#link = link;
  }

  take(): number | Promise<number> {
    return this.#link.isUsable ? this.#ask() : this.#fallback.take();
  }

  async #ask(): Promise<number> {
    const { interval, burst } = this.#rate;
    const taken = await this.#link.run(redis =>
      runTake(redis, `${this.#link.prefix}pace`, [interval, burst, 1]),
    );
    if (taken === null) return this.#fallback.take();
    if (taken.granted === 1) this.#fallback.spend();
    return taken.granted === 1 ? 0 : timeUntil(this.#rate, taken.debt, 1);
  }
}
