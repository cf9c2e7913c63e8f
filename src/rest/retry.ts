import type { Clock } from '../lib/clock.ts';

/** When a call may be tried once more; times in milliseconds. */
export interface RetryOptions {
  readonly minDelay: number;
  readonly maxDelay: number;
  /** Most second attempts the process has saved up; it starts with as many. 0 turns them off. */
  readonly budget: number;
  /** What a first attempt adds to the budget. */
  readonly budgetPerCall: number;
  /** What a second adds to it. */
  readonly budgetPerSecond: number;
}

/** Bounds what second attempts add to the load, for the whole process: a token bucket. */
export class RetryBudget {
  readonly #options: RetryOptions;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  constructor(options: RetryOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#tokens = options.budget;
    this.#filledAt = clock.now();
  }

  /** Counts a first attempt. */
  earn(): void {
    this.#add(this.#options.budgetPerCall);
  }

  /** Takes what a second attempt costs; false when there is not enough. */
  take(): boolean {
    const now = this.#clock.now();
    this.#add(((now - this.#filledAt) / 1000) * this.#options.budgetPerSecond);
    this.#filledAt = now;
    // Tenths do not add up to a whole exactly.
    if (this.#tokens < 1 - 1e-9) return false;
    this.#tokens -= 1;
    return true;
  }

  #add(tokens: number): void {
    this.#tokens = Math.min(this.#tokens + tokens, this.#options.budget);
  }
}

/**
 * How long to wait before the second attempt: uniform between the bounds, and never less than the upstream asks.
 * @param retryAfter seconds the upstream asked to wait.
 * @param random a number from 0 up to 1.
 */
export function retryDelay(options: RetryOptions, retryAfter: number | undefined, random: number): number {
  const jittered = options.minDelay + random * (options.maxDelay - options.minDelay);
  return Math.max(jittered, (retryAfter ?? 0) * 1000);
}
