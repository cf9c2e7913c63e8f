import type { Clock } from '../lib/clock.ts';
import type { RetryBudget } from './limits.ts';

/** How many retries there may be. */
export interface RetryBudgetOptions {
  /** Most retries the process has saved up; it starts with as many. 0 turns retries off. */
  readonly budget: number;
  /** What a first attempt adds to the budget. */
  readonly budgetPerCall: number;
  /** What a second adds to it. */
  readonly budgetPerSecond: number;
}

/** The retry budget of one process: a token bucket. */
export class InProcessRetryBudget implements RetryBudget {
  readonly #options: RetryBudgetOptions;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  constructor(options: RetryBudgetOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#tokens = options.budget;
    this.#filledAt = clock.now();
  }

  deposit(): void {
    this.#add(this.#options.budgetPerCall);
  }

  withdraw(): boolean {
    this.#refill();
    // Tenths do not add up to a whole exactly.
    if (this.#tokens < 1 - 1e-9) return false;
    this.#tokens -= 1;
    return true;
  }

  available(): number {
    this.#refill();
    return this.#tokens;
  }

  #refill(): void {
    const now = this.#clock.now();
    this.#add(((now - this.#filledAt) / 1000) * this.#options.budgetPerSecond);
    this.#filledAt = now;
  }

  #add(tokens: number): void {
    this.#tokens = Math.min(this.#tokens + tokens, this.#options.budget);
  }
}
