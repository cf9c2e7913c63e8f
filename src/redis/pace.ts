import { timeUntil } from '../lib/rate.ts';
import type { Pace } from '../rest/limits.ts';
import type { SharedRate } from './shared-rate.ts';

/** The key of the pace in Redis, behind the prefix. */
const KEY = 'pace';

/** The pace that replicas share. */
export class SharedPace implements Pace {
  readonly #shared: SharedRate;

  constructor(shared: SharedRate) {
    this.#shared = shared;
  }

  get interval(): number {
    return this.#shared.rate.interval;
  }

  async take(): Promise<number> {
    const { rate, ownRate } = this.#shared;
    const taken = await this.#shared.take(KEY, 1);
    const { granted, debt } = taken ?? this.#shared.takeWithout(KEY, 1);
    return granted === 1 ? 0 : timeUntil(taken === null ? ownRate : rate, debt, 1);
  }
}
