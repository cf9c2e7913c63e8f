import type { RequestListener, Server } from 'node:http';
import { createRequire } from 'node:module';
import type { Log } from '../model/log.ts';
import { answerOnTheWire, HEADER_BYTES } from './wire.ts';

// An import would have Node look at all it exports, and load its own undici for two of them: a tenth of a start.
const { createServer }: typeof import('node:http') = createRequire(import.meta.url)('node:http');

/** Bounds of a request before its body is looked at; times in milliseconds. */
export const SERVER_LIMITS = {
  headerBytes: HEADER_BYTES,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  /** How often Node looks for requests that are late; its own default is 30 s. */
  checkingInterval: 1_000,
} as const;

/** An HTTP server, and the way to end it. */
export interface HttpServer {
  readonly server: Server;
  /** Stops accepting; settles once what runs has been answered and every connection is closed. */
  readonly close: () => Promise<void>;
}

/** Makes the HTTP server. */
export function createHttpServer(
  listener: RequestListener,
  log: Log,
  limits: Readonly<Record<keyof typeof SERVER_LIMITS, number>> = SERVER_LIMITS,
): HttpServer {
  let running = 0;
  let closing = false;
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeout,
      requestTimeout: limits.requestTimeout,
      connectionsCheckingInterval: limits.checkingInterval,
      // Node would refuse a missing Host without our headers; the listener does it.
      requireHostHeader: false,
    },
    (request, response) => {
      running += 1;
      response.on('close', () => {
        running -= 1;
        endConnections();
      });
      listener(request, response);
    },
  );
  answerOnTheWire(server, log);

  // A connection without a request would stay for good: Node knows it neither as idle nor, once closing, as late.
  const endConnections = (): void => {
    if (closing && running === 0) server.closeAllConnections();
  };
  return {
    server,
    close: () =>
      new Promise(resolve => {
        closing = true;
        server.close(() => resolve());
        server.closeIdleConnections();
        endConnections();
      }),
  };
}
