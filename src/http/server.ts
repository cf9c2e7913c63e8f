import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import { answerOnTheWire } from './wire.ts';

/** Bounds of a request before its body is looked at; times in milliseconds. */
export const SERVER_LIMITS = {
  headerBytes: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  /** How often Node looks for requests that are late; its own default is 30 s. */
  checkingInterval: 1_000,
} as const;

/** Makes the HTTP server; once it is told to close, no connection stays open for a next request. */
export function createHttpServer(listener: RequestListener): Server {
  const server = createServer(
    {
      maxHeaderSize: SERVER_LIMITS.headerBytes,
      headersTimeout: SERVER_LIMITS.headersTimeout,
      requestTimeout: SERVER_LIMITS.requestTimeout,
      connectionsCheckingInterval: SERVER_LIMITS.checkingInterval,
      // Node would refuse a missing Host without our headers; the listener does it.
      requireHostHeader: false,
    },
    (request, response) => {
      response.once('close', () => server.listening || server.closeIdleConnections());
      listener(request, response);
    },
  );
  answerOnTheWire(server);
  return server;
}
