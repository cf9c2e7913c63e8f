import { setTimeout as delay } from 'node:timers/promises';

/**
 * Starts something at a constant rate, however long each takes, for so many milliseconds.
 * A process that was late catches up.
 * @returns what each came to, and how long it took from the first start to the last, in milliseconds.
 */
export async function atRate<T>(
  perSecond: number,
  milliseconds: number,
  start: (n: number) => Promise<T>,
): Promise<{ readonly results: readonly T[]; readonly elapsed: number }> {
  const count = Math.round((perSecond * milliseconds) / 1000);
  const startedAt = performance.now();
  const pending: Promise<T>[] = [];
  let elapsed = 0;
  for (let n = 0; n < count; n += 1) {
    const early = startedAt + (n * 1000) / perSecond - performance.now();
    if (early > 0) await delay(early);
    elapsed = performance.now() - startedAt;
    pending.push(start(n));
  }
  return { results: await Promise.all(pending), elapsed };
}
