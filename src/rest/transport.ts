import type { Dispatcher } from 'undici';
import type { Clock } from '../lib/clock.ts';
import { runOnNextTick } from '../lib/next-tick.ts';
import type { Signal } from '../lib/signal.ts';
import type { Connection } from './connections.ts';
import type { BodyCollector, BodyError } from './response-body.ts';
import { collectBody } from './response-body.ts';

/** A response as it came, its body decompressed. */
export interface UpstreamResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Buffer | BodyError;
}

/** Header names are in lower case; a header that came more than once is a list. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** One GET to the upstream. */
export interface UpstreamRequest {
  /** Absolute path, the prefix of the API included: a `SafePath` behind it. */
  readonly path: string;
  readonly headers: Record<string, string>;
  /** Aborts the request: its socket is closed and the promise rejects with the signal's reason. */
  readonly signal: Signal;
  /** Milliseconds it may take in all, connecting included. */
  readonly timeout: number;
  /** Milliseconds it may wait for a connection. */
  readonly connectTimeout: number;
  /** Largest body in bytes, counted while it streams: as it arrives, and after decompression. */
  readonly maxBytes: number;
}

/** What a request rejects with whose time is up. */
export const TIMED_OUT = Symbol('timed out');

/** What it rejects with when no connection was established in time: nothing of it was sent. */
export const CONNECT_TIMEOUT = Symbol('connect timeout');

/**
 * What it rejects with when a connection that had carried a request before was closed without a byte of a response: it had
 * most likely been idle for too long, which says nothing about the upstream.
 */
export const STALE_CONNECTION = Symbol('stale connection');

/**
 * Sends one request and collects its response.
 * Redirects are responses like any other. Whatever goes wrong once the status is known is an error of the body.
 * @throws the signal's reason when aborted, TIMED_OUT or CONNECT_TIMEOUT when a time is up, STALE_CONNECTION, or undici's
 * error when no status arrived.
 */
export function sendRequest(
  connection: Connection,
  clock: Clock,
  request: UpstreamRequest,
): Promise<UpstreamResponse> {
  const { path, headers, signal, timeout, connectTimeout, maxBytes } = request;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    let controller: Dispatcher.DispatchController | undefined;
    let head: Omit<UpstreamResponse, 'body'> | undefined;
    let body: BodyCollector | undefined;
    let bytesBefore = 0;
    let settled = false;

    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      signal.offAbort(onAbort);
      cancelTimer();
      finish();
    };
    const abort = (reason: unknown): void => {
      settle(() => reject(reason));
      body?.destroy();
      controller?.abort(new Error('aborted'));
    };
    const onAbort = (): void => abort(signal.reason);
    // One timer for both: most requests end before either. undici's own connect timeout is late by up to a second.
    let cancelTimer = clock.after(Math.min(connectTimeout, timeout), () => {
      if (timeout <= connectTimeout) abort(TIMED_OUT);
      else if (controller) cancelTimer = clock.after(timeout - connectTimeout, () => abort(TIMED_OUT));
      else abort(CONNECT_TIMEOUT);
    });
    const finishBody = (outcome: Buffer | BodyError): void => {
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
          // Aborted while it waited for a connection: nothing of it may be sent.
          if (settled) started.abort(new Error('aborted'));
        },
        onResponseStart(_controller, status, received) {
          if (status < 200) return;
          head = { status, headers: received };
          body = collectBody(received['content-encoding'], maxBytes, finishBody);
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
