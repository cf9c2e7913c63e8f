import type { IncomingMessage } from 'node:http';
import type { Signal } from '../lib/signal.ts';
import type { BodyBudget } from './body-budget.ts';
import { HttpError } from './http-error.ts';

/** Seconds after which a client may retry when bodies are refused: stalled ones are refused and free their memory. */
const RETRY_AFTER = 1;

const EMPTY = Buffer.alloc(0);

/** The rest of the body is not read: the connection cannot be used again. */
const CLOSE = { headers: { Connection: 'close' } } as const;

/** What bounds the bodies of requests. */
export interface BodyLimits {
  /** The largest body, counted while it streams, whatever Content-Length says. */
  readonly maxBodyBytes: number;
  readonly bodyBudget: BodyBudget;
}

/**
 * Collects a request's body.
 * @param signal aborted at the deadline of the request.
 * @param convert makes the result of the complete body; what it throws is thrown.
 * @throws HttpError 413 over the limit, 408 when it does not arrive in time, 503 when unfinished bodies hold too much, 400
 * for a body that breaks off.
 */
export function readBody<T>(
  request: IncomingMessage,
  { maxBodyBytes, bodyBudget }: BodyLimits,
  signal: Signal,
  convert: (body: Buffer) => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const length = Number(request.headers['content-length'] ?? Number.NaN);
    let buffer: Buffer = EMPTY;
    let size = 0;
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
      buffer = EMPTY;
      signal.offAbort(onTimeout);
      bodyBudget.release(body);
    };
    const refuse = (error: HttpError): void => {
      settle();
      reject(error);
    };
    const onTimeout = (): void => refuse(tooLate());
    const body = { refuse: () => refuse(tooMany()) };
    signal.onAbort(onTimeout);
    request.on('data', (chunk: Buffer) => {
      // The rest of a body that was refused is discarded until the response has been sent; then the connection is closed.
      if (isSettled) return;
      if (size + chunk.length > maxBodyBytes) {
        refuse(tooLarge(maxBodyBytes));
        return;
      }
      buffer = append(buffer, size, chunk, maxBodyBytes);
      size += chunk.length;
      if (size !== length) bodyBudget.hold(body, buffer.length);
    });
    request.on('end', () => {
      if (isSettled) return;
      const body = buffer.subarray(0, size);
      settle();
      try {
        resolve(convert(body));
      } catch (error) {
        reject(error);
      }
    });
    request.on('error', error => {
      // Some errors of the parser have responses of their own.
      if (!isSettled) refuse(error instanceof HttpError ? error : brokeOff());
    });
    if (length > maxBodyBytes) refuse(tooLarge(maxBodyBytes));
  });
}

/**
 * Adds a chunk to a buffer of which `size` bytes are used. A list of chunks would not do: a body in chunks of one byte
 * would hold two hundred times its size.
 */
function append(buffer: Buffer, size: number, chunk: Buffer, maxBytes: number): Buffer {
  if (size === 0) return chunk;
  const needed = size + chunk.length;
  let room = buffer;
  if (needed > buffer.length) {
    room = Buffer.allocUnsafeSlow(Math.min(2 * needed, maxBytes));
    buffer.copy(room, 0, 0, size);
  }
  chunk.copy(room, size);
  return room;
}

function brokeOff(): HttpError {
  return new HttpError(400, 'BAD_REQUEST', 'The body broke off, or cannot be read. Send it again.');
}

function tooLate(): HttpError {
  return new HttpError(408, 'BAD_REQUEST', 'The request did not arrive in time. Send it again.', CLOSE);
}

function tooMany(): HttpError {
  return new HttpError(
    503,
    'OVERLOADED',
    `Too many requests have not arrived in full. Send it again after ${RETRY_AFTER} s.`,
    { ...CLOSE, retryAfter: RETRY_AFTER },
  );
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(
    413,
    'LIMIT_EXCEEDED',
    `The body is larger than ${maxBytes} bytes. Send a smaller one.`,
    CLOSE,
  );
}
