import { errorBody } from '../lib/error-body.ts';
import { MAX_ERRORS } from '../schema/error-budget.ts';
import { HttpError } from '../server/http-error.ts';
import type { HttpResponse } from '../server/http-message.ts';
import { EMPTY_SUMMARY } from '../server/http-message.ts';
import type { MediaType } from './media-type.ts';

/** Milliseconds after which a batch that is still starting operations yields to other requests. */
const SLICE = 10;

/** Why a batch is refused: it is empty, has more operations than the limit, or batches are off (the limit is 0). Null if it is not. */
export function checkBatch(batch: readonly unknown[], limit: number): HttpError | null {
  if (limit === 0) {
    return new HttpError(400, 'BAD_REQUEST', 'Batches are off here. Send one operation in a request.');
  }
  if (batch.length === 0) {
    return new HttpError(400, 'BAD_REQUEST', 'The batch is empty. Send at least one operation.');
  }
  if (batch.length > limit) {
    return new HttpError(
      400,
      'LIMIT_EXCEEDED',
      `The batch has more than ${limit} operations. Send fewer in one request.`,
    );
  }
  return null;
}

/**
 * The response to a batch that is refused: a list with the error for each operation, as Apollo's BatchHttpLink can show no
 * other. A client that takes plain JSON alone, or that sends more operations than a response may have errors, gets the error once.
 * @throws HttpError the refusal, to be answered as any other.
 */
export function refuseBatch(
  refusal: HttpError,
  size: number,
  mediaType: MediaType,
  requestId: string,
): HttpResponse {
  if (mediaType === 'application/json' || size === 0 || size > MAX_ERRORS) throw refusal;
  const result = errorBody(refusal, requestId);
  return {
    status: refusal.status,
    headers: { 'Content-Type': `${mediaType}; charset=utf-8` },
    body: `[${Array(size).fill(result).join(',')}]`,
    summary: { ...EMPTY_SUMMARY, codes: [refusal.code] },
  };
}

/**
 * Runs the operations of a batch side by side, without blocking other requests while they start.
 * @param onStarted called once all have started.
 */
export async function runBatch<T>(
  batch: readonly unknown[],
  run: (operation: unknown) => Promise<T>,
  onStarted: () => void,
): Promise<T[]> {
  const running: Promise<T>[] = [];
  let started = performance.now();
  for (const operation of batch) {
    running.push(run(operation));
    if (performance.now() - started < SLICE) continue;
    await new Promise(resolve => setImmediate(resolve));
    started = performance.now();
  }
  onStarted();
  return await Promise.all(running);
}
