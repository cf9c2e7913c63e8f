import type { Clock } from '../lib/clock.ts';
import type { Rate } from '../lib/rate.ts';
import { debtAt, take, timeUntil } from '../lib/rate.ts';
import type { Pace } from './limits.ts';

/** The pace of one process. */
export class InProcessPace implements Pace {
  readonly interval: number;
  readonly #rate: Rate;
  readonly #clock: Clock;
  #fullAt = Number.NEGATIVE_INFINITY;

  constructor(rate: Rate, clock: Clock) {
    this.interval = rate.interval;
    this.#rate = rate;
    this.#clock = clock;
  }

  take(): number {
    const now = this.#clock.now();
    const { granted, debt } = take(this.#rate, debtAt(this.#fullAt, now), 1);
    if (granted === 0) return timeUntil(this.#rate, debt, 1);
    this.#fullAt = now + debt;
    return 0;
  }
}
