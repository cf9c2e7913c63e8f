import type { RequestListener, Server } from 'node:http';
import { createRequire } from 'node:module';
import { Server as NetServer } from 'node:net';
import type { Log } from '../observability/log.ts';
import { ClientConnections } from './client-connections.ts';
import { answerOnTheWire, HEADER_BYTES, refuseConnection } from './client-errors.ts';
import { probeHalfOpen } from './half-open.ts';

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

/** So many connections beyond the limit are told why they are closed, at a time; further ones are closed without a word. */
export const REFUSED_CONNECTIONS = 100;

/** Milliseconds between two log lines on connections that could not be accepted. */
const ACCEPT_ERROR_LOG_INTERVAL = 60_000;

/** What a server is made of. */
export interface HttpServerOptions {
  readonly listener: RequestListener;
  readonly log: Log;
  /** Most open connections of clients. */
  readonly maxConnections: number;
  readonly limits?: Readonly<Record<keyof typeof SERVER_LIMITS, number>>;
}

/** An HTTP server, and the way to end it. */
export interface HttpServer {
  readonly server: Server;
  /**
   * Stops accepting; settles once every request that has come is answered and every connection is closed.
   * Each answer from now on says that its connection is closed after it.
   * @param linger milliseconds that idle connections stay open: a request may be under way on them.
   */
  readonly close: (linger: number) => Promise<void>;
}

/** Makes the HTTP server. */
export function createHttpServer({
  listener,
  log,
  maxConnections,
  limits = SERVER_LIMITS,
}: HttpServerOptions): HttpServer {
  const connections = new ClientConnections();
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
      const { socket } = request;
      // The connection was refused: nothing can be answered on it any more.
      if (socket.writableEnded) {
        request.resume();
        return;
      }
      connections.addResponse(socket, response);
      listener(request, response);
    },
  );
  // Node would end a connection without an answer when its client has ended its side.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.maxConnections = maxConnections + REFUSED_CONNECTIONS;
  server.on('connection', socket => {
    if (connections.size >= maxConnections) {
      refuseConnection(socket, log);
      return;
    }
    connections.add(socket);
    probeHalfOpen(socket, () => connections.current(socket));
  });
  server.on('listening', () => surviveAcceptErrors(server, connections, log));
  answerOnTheWire(server, log);

  return {
    server,
    close: linger =>
      new Promise(resolve => {
        connections.announceClose();
        // Once what has just come is read, which setImmediate waits for: it is no idle connection.
        const timer = setTimeout(() => setImmediate(() => connections.closeIdle()), linger);
        const closed = (): void => {
          clearTimeout(timer);
          // Stops Node's looking for late requests, too.
          server.close();
          resolve();
        };
        // Once all that have connected by now are accepted. Its own close would end idle connections at once.
        setImmediate(() => NetServer.prototype.close.call(server, closed));
      }),
  };
}

/**
 * Has a server go on when a connection cannot be accepted, as file descriptors have run out. As long as none is free the
 * system tells so again and again; an idle connection is closed to make room.
 */
function surviveAcceptErrors(server: Server, connections: ClientConnections, log: Log): void {
  let loggedAt = Number.NEGATIVE_INFINITY;
  server.on('error', (error: NodeJS.ErrnoException) => {
    connections.closeOneIdle();
    if (performance.now() - loggedAt < ACCEPT_ERROR_LOG_INTERVAL) return;
    loggedAt = performance.now();
    log.error({ code: error.code }, 'a connection could not be accepted');
  });
}
