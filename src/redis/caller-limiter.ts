import { available } from '../lib/rate.ts';
import { allowanceOf } from '../rest/caller-limiter.ts';
import type { Allowance, CallerLimiter } from '../rest/limits.ts';
import type { SharedRate } from './shared-rate.ts';

/** The limits of callers that replicas share. */
export class SharedCallerLimiter implements CallerLimiter {
  readonly #shared: SharedRate;

  constructor(shared: SharedRate) {
    this.#shared = shared;
  }

  async take(callerId: string, wanted: number): Promise<Allowance> {
    const { rate, ownRate } = this.#shared;
    const key = `caller:${callerId}`;
    const debt = this.#shared.knownDebt(key);
    // A caller far over its limit costs Redis nothing.
    if (available(rate, debt) === 0) return allowanceOf(rate, debt, wanted, 0);
    const taken = await this.#shared.take(key, wanted);
    if (taken !== null) return allowanceOf(rate, taken.debt, wanted, taken.granted);
    const { granted, debt: ownDebt } = this.#shared.takeWithout(key, wanted);
    return allowanceOf(ownRate, ownDebt, wanted, granted);
  }
}
