import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A call that reached the sandbox. */
export interface Arrival {
  /** Milliseconds, from some fixed moment. */
  readonly at: number;
  readonly authorization: string | undefined;
}

/** A sandbox with an event loop of its own: what a busy test does delays neither its answers nor its times. */
export interface ThreadedSandbox extends AsyncDisposable {
  readonly url: string;
  /** All calls that have reached it, in their order. */
  arrivals(): Promise<Arrival[]>;
}

/** Starts a sandbox in a thread. */
export async function startThreadedSandbox(): Promise<ThreadedSandbox> {
  const worker = new Worker(new URL('./sandbox-thread.ts', import.meta.url));
  const [url] = await once(worker, 'message');
  return {
    url: String(url),
    async arrivals() {
      const answer = once(worker, 'message');
      worker.postMessage('arrivals');
      const [arrivals] = await answer;
      return arrivals;
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

/**
 * How many more calls came in some window than a rate allows; 0 or less where none did.
 * @param perSecond the rate. @param burst how many may come at once.
 */
export function mostBeyond(arrivals: readonly Arrival[], perSecond: number, burst: number): number {
  // In the window from call i to call j there are j - i + 1: how far that is beyond depends on i and j apart.
  let most = Number.NEGATIVE_INFINITY;
  let best = Number.NEGATIVE_INFINITY;
  for (const [n, { at }] of arrivals.entries()) {
    const used = n - (at / 1000) * perSecond;
    best = Math.max(best, -used);
    most = Math.max(most, used + best + 1 - burst);
  }
  return most;
}
