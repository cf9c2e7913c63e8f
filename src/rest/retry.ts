import type { Clock } from '../lib/clock.ts';
import type { RequestContext } from '../lib/request-context.ts';
import type { Signal } from '../lib/signal.ts';
import type { Outcome } from './api.ts';
import type { RetryBudget } from './limits.ts';

/** How long a retry waits; times in milliseconds. */
export interface RetryDelayOptions {
  readonly minDelay: number;
  readonly maxDelay: number;
}

/** What retries need. */
export interface RetryOptions extends RetryDelayOptions {
  readonly budget: RetryBudget;
  readonly clock: Clock;
  /** A number from 0 up to 1, for the delay. */
  readonly random: () => number;
}

/**
 * Makes a call of one attempt and at most one retry.
 * @param attempt is called with 0 for the first attempt and 1 for the retry.
 * @throws GatewayError when no attempt brings a value.
 */
export type RunWithRetry = <Output>(
  context: RequestContext,
  attempt: (retry: number) => Promise<Outcome<Output>>,
) => Promise<Output>;

/** Makes what retries a call once where that can help, fits its deadline and is within the budget. */
export function createRetries(options: RetryOptions): RunWithRetry {
  const { budget, clock, random } = options;
  return async (context, attempt) => {
    budget.deposit();
    const first = await attempt(0);
    if ('value' in first) return first.value;
    const delay = retryDelay(options, first.failure.extensions.retryAfter, random());
    const fits = clock.now() + delay < context.deadline;
    if (!first.retry || !fits) throw first.failure;
    const withdrawn = budget.withdraw();
    if (!(withdrawn instanceof Promise ? await withdrawn : withdrawn)) throw first.failure;
    await pause(clock, delay, context.signal);
    const second = await attempt(1);
    if ('value' in second) return second.value;
    throw second.failure;
  };
}

/**
 * How long to wait before a retry: uniform between the bounds, and never less than the upstream asks.
 * @param retryAfter seconds the upstream asked to wait.
 * @param random a number from 0 up to 1.
 */
export function retryDelay(
  options: RetryDelayOptions,
  retryAfter: number | undefined,
  random: number,
): number {
  const jittered = options.minDelay + random * (options.maxDelay - options.minDelay);
  return Math.max(jittered, (retryAfter ?? 0) * 1000);
}

function pause(clock: Clock, milliseconds: number, signal: Signal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const cancelTimer = clock.after(milliseconds, () => {
      signal.offAbort(onAbort);
      resolve();
    });
    const onAbort = (): void => {
      cancelTimer();
      reject(signal.reason);
    };
    signal.onAbort(onAbort);
  });
}
