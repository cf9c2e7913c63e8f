import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Signal } from '../upstream/signal.ts';
import { Refusal } from './refusal.ts';

/**
 * Collects a request's body.
 * @param maxBytes the largest body, counted while it streams, whatever Content-Length says.
 * @param signal aborted when the time of the request is up.
 * @throws Refusal 413 over the limit, 408 when it does not arrive in time, 400 for bytes that are not UTF-8 or a body that breaks off.
 */
export function readBody(request: IncomingMessage, maxBytes: number, signal: Signal): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(tooLate());
    signal.onAbort(late);
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        chunks.length = 0;
        reject(tooLarge(maxBytes));
      } else {
        chunks.push(chunk);
      }
    });
    request.on('end', () => {
      signal.offAbort(late);
      const [only] = chunks;
      const body = chunks.length === 1 && only ? only : Buffer.concat(chunks, size);
      if (isUtf8(body)) resolve(body.toString('utf8'));
      else reject(new Refusal(400, 'BAD_REQUEST', 'The body is not UTF-8. Encode it as UTF-8.'));
    });
    request.on('error', () => reject(new Refusal(400, 'BAD_REQUEST', 'The body broke off. Send it again.')));
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) reject(tooLarge(maxBytes));
  });
}

function tooLate(): Refusal {
  return new Refusal(408, 'BAD_REQUEST', 'The request did not arrive in time. Send it again.', {
    Connection: 'close',
  });
}

function tooLarge(maxBytes: number): Refusal {
  // The rest of the body is thrown away until the answer has gone out; then the connection ends.
  return new Refusal(
    413,
    'LIMIT_EXCEEDED',
    `The body is larger than ${maxBytes} bytes. Send a smaller one.`,
    {
      Connection: 'close',
    },
  );
}
