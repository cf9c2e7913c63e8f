import { HttpError } from '../server/http-error.ts';

/** Milliseconds after which a batch that is still starting operations yields to other requests. */
const SLICE = 10;

/** @throws HttpError when a batch is empty, has more operations than the limit, or batches are off (the limit is 0). */
export function checkBatch(batch: readonly unknown[], limit: number): void {
  if (limit === 0) {
    throw new HttpError(400, 'BAD_REQUEST', 'Batches are off here. Send one operation in a request.');
  }
  if (batch.length === 0) {
    throw new HttpError(400, 'BAD_REQUEST', 'The batch is empty. Send at least one operation.');
  }
  if (batch.length > limit) {
    throw new HttpError(
      400,
      'LIMIT_EXCEEDED',
      `The batch has more than ${limit} operations. Send fewer in one request.`,
    );
  }
}

/** Runs the operations of a batch side by side, without blocking other requests while they start. */
export async function runBatch<T>(
  batch: readonly unknown[],
  run: (operation: unknown) => Promise<T>,
): Promise<T[]> {
  const running: Promise<T>[] = [];
  let started = performance.now();
  for (const operation of batch) {
    running.push(run(operation));
    if (performance.now() - started < SLICE) continue;
    await new Promise(resolve => setImmediate(resolve));
    started = performance.now();
  }
  return await Promise.all(running);
}
