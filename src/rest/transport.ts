import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { Clock } from '../lib/clock.ts';
import { runOnNextTick } from '../lib/next-tick.ts';
import type { Signal } from '../lib/signal.ts';
import type { Connection } from './connections.ts';

/** Why the body of an answer cannot be used. */
export type BodyFault = 'too large' | 'truncated' | 'unreadable encoding';

/** An answer as it came, its body inflated. */
export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: Buffer | BodyFault;
}

/** Header names are in lower case; a header that came more than once is a list. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** One GET to the upstream. */
export interface ExchangeRequest {
  /** Absolute path; the caller answers for what stands in it. */
  readonly path: string;
  readonly headers: Record<string, string>;
  /** Ends the exchange: its socket is closed and the promise rejects with the signal's reason. */
  readonly signal: Signal;
  /** Milliseconds the whole exchange may take, connecting included. */
  readonly timeout: number;
  /** Milliseconds it may wait for a connection. */
  readonly connectTimeout: number;
  /** Largest body in bytes, counted after inflation and while it streams. */
  readonly maxBytes: number;
}

/** What an exchange rejects with whose time is up. */
export const TIMED_OUT = Symbol('timed out');

/** What it rejects with when no connection came about in time: nothing of it has gone out. */
export const NOT_CONNECTED = Symbol('not connected');

/**
 * What it rejects with when a connection that had carried a request before was closed without a byte of an answer: it was
 * closed under this request, which says nothing about the upstream.
 */
export const STALE_CONNECTION = Symbol('stale connection');

/**
 * Sends one request and collects its answer.
 * Redirects are answers like any other. Whatever goes wrong once the status is known is a fault of the body.
 * @throws the signal's reason when aborted, TIMED_OUT or NOT_CONNECTED when a time is up, STALE_CONNECTION, or undici's error
 * when no status arrived.
 */
export function exchange(connection: Connection, clock: Clock, request: ExchangeRequest): Promise<Answer> {
  const { path, headers, signal, timeout, connectTimeout, maxBytes } = request;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    let controller: Dispatcher.DispatchController | undefined;
    let head: Omit<Answer, 'body'> | undefined;
    let body: BodyCollector | undefined;
    let bytesBefore = 0;
    let settled = false;

    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      signal.offAbort(onAbort);
      callOffTimeout();
      finish();
    };
    const cut = (reason: unknown): void => {
      settle(() => reject(reason));
      body?.destroy();
      controller?.abort(new Error('cut off'));
    };
    const onAbort = (): void => cut(signal.reason);
    // One timer for both: most exchanges end before either. undici's own connect timeout is late by up to a second.
    let callOffTimeout = clock.after(Math.min(connectTimeout, timeout), () => {
      if (timeout <= connectTimeout) cut(TIMED_OUT);
      else if (controller) callOffTimeout = clock.after(timeout - connectTimeout, () => cut(TIMED_OUT));
      else cut(NOT_CONNECTED);
    });
    const finishBody = (outcome: Buffer | BodyFault): void => {
      if (settled) return;
      settle(() => runOnNextTick(() => head && resolve({ ...head, body: outcome })));
      if (typeof outcome === 'string') {
        body?.destroy();
        controller?.abort(new Error(outcome));
      }
    };
    signal.onAbort(onAbort);

    connection.client.dispatch(
      { method: 'GET', path, headers, bodyTimeout: 0, headersTimeout: 0 },
      {
        onRequestStart(started) {
          controller = started;
          bytesBefore = connection.bytesRead;
          // Cut off while it waited for a connection: nothing of it may go out.
          if (settled) started.abort(new Error('cut off'));
        },
        onResponseStart(_controller, status, answered) {
          if (status < 200) return;
          head = { status, headers: answered };
          body = collectBody(answered['content-encoding'], maxBytes, finishBody);
        },
        onResponseData(_controller, chunk) {
          body?.push(chunk);
        },
        onResponseEnd() {
          body?.end();
        },
        onResponseError(_controller, error) {
          if (head) return finishBody('truncated');
          const isStale = bytesBefore > 0 && connection.bytesRead === bytesBefore;
          settle(() => reject(isStale ? STALE_CONNECTION : error));
        },
      },
    );
  });
}

interface BodyCollector {
  push(chunk: Buffer): void;
  end(): void;
  destroy(): void;
}

type Finish = (outcome: Buffer | BodyFault) => void;

function collectBody(
  encoding: string | string[] | undefined,
  maxBytes: number,
  finish: Finish,
): BodyCollector {
  const coding = String(encoding ?? 'identity')
    .trim()
    .toLowerCase();
  if (coding === 'identity' || coding === '') return collectPlain(maxBytes, finish);
  if (coding === 'gzip' || coding === 'x-gzip' || coding === 'br' || coding === 'deflate') {
    return collectInflated(coding, maxBytes, finish);
  }
  finish('unreadable encoding');
  return { push() {}, end() {}, destroy() {} };
}

function collectPlain(maxBytes: number, finish: Finish): BodyCollector {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    push(chunk) {
      size += chunk.length;
      if (size > maxBytes) finish('too large');
      else chunks.push(chunk);
    },
    end() {
      const [only] = chunks;
      finish(chunks.length === 1 && only ? only : Buffer.concat(chunks, size));
    },
    destroy() {
      chunks.length = 0;
    },
  };
}

type Coding = 'gzip' | 'x-gzip' | 'br' | 'deflate';

function collectInflated(coding: Coding, maxBytes: number, finish: Finish): BodyCollector {
  const plain = collectPlain(maxBytes, finish);
  let inflate: ReturnType<typeof createInflater> | undefined;
  return {
    push(chunk) {
      if (inflate === undefined) {
        inflate = createInflater(coding, chunk);
        inflate.on('data', (inflated: Buffer) => plain.push(inflated));
        inflate.on('end', () => plain.end());
        inflate.on('error', () => finish('unreadable encoding'));
      }
      inflate.write(chunk);
    },
    end() {
      if (inflate) inflate.end();
      else plain.end();
    },
    destroy() {
      plain.destroy();
      inflate?.destroy();
    },
  };
}

function createInflater(coding: Coding, first: Buffer) {
  if (coding === 'br') return createBrotliDecompress();
  if (coding !== 'deflate') return createGunzip();
  // "deflate" is meant to have a zlib header (its low four bits are 8), yet servers send it without one.
  return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
}
