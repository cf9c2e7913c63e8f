import type { RequestListener, Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { systemClock } from '../lib/clock.ts';
import type { Observer } from '../observability/observer.ts';
import type { UnfinishedRequests } from './client-connections.ts';
import { ClientConnections } from './client-connections.ts';
import { HEADER_BYTES, handleClientErrors, refuseConnection } from './client-errors.ts';
import { probeHalfOpen } from './half-open.ts';
import type { Lifecycle } from './lifecycle.ts';
import { createServer } from './node-http.ts';

/** So many connections beyond the limit are refused with a response at a time; further ones are closed without one. */
export const REFUSED_CONNECTIONS = 100;

/** Bounds of connections, and of a request before its body is looked at; times in milliseconds. */
export const SERVER_LIMITS = {
  headerBytes: HEADER_BYTES,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  /** How often Node looks for requests that are late; its own default is 30 s. */
  checkingInterval: 1_000,
  refusedConnections: REFUSED_CONNECTIONS,
} as const;

/**
 * Iterations of the event loop without a new connection after which all that had connected are accepted: an iteration
 * accepts some of those that wait, and none only when it had others to attend to.
 */
const QUIET_ITERATIONS = 5;

/** Most connections that wait to be accepted: Node's backlog, and the one more that Linux adds. */
const BACKLOG = 512;

/** Longest time, in milliseconds, in which a closing server accepts them. */
const ACCEPT_TIME = 2_000;

/** What an HTTP server works with. */
export interface HttpServerOptions {
  readonly listener: RequestListener;
  readonly observer: Observer;
  /** The server drains when this does. */
  readonly lifecycle: Lifecycle;
  /** Most open connections of clients. */
  readonly maxConnections: number;
  /** The time of the delays of closing; by default the system's. */
  readonly clock?: Clock;
  readonly limits?: Readonly<Record<keyof typeof SERVER_LIMITS, number>>;
}

/** How long a closing server waits for clients, in milliseconds. */
export interface CloseDelays {
  /** How long it goes on accepting, so that balancers notice that it is draining; by default not at all. */
  readonly drain?: number;
  /** How long idle connections then stay open, as a request may be on its way on them; by default not at all. */
  readonly linger?: number;
}

/** An HTTP server, and the way to close it. */
export interface HttpServer {
  readonly server: Server;
  /** How many connections are open, without those that are being refused. */
  readonly countConnections: () => number;
  /**
   * Puts the lifecycle into `draining`, stops accepting after the delay for it, and settles once every request that has
   * arrived is answered and every connection is closed. Each response from now on says that its connection is closed
   * after it.
   */
  readonly close: (delays?: CloseDelays) => Promise<void>;
  /** What would be cut off if the process ended now. */
  readonly unfinished: () => UnfinishedRequests;
}

/** Creates the HTTP server. */
export function createHttpServer({
  listener,
  observer,
  lifecycle,
  maxConnections,
  clock = systemClock,
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
      // The connection was refused: no further response can be sent on it.
      if (socket.writableEnded) {
        request.resume();
        return;
      }
      connections.addResponse(socket, response);
      listener(request, response);
    },
  );
  // Node would close a connection without a response when its client has ended its side.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.maxConnections = maxConnections + limits.refusedConnections;
  server.on('connection', socket => {
    if (connections.size >= maxConnections) {
      refuseConnection(socket, observer);
      return;
    }
    connections.add(socket);
    probeHalfOpen(socket, () => connections.current(socket));
  });
  server.on('listening', () => surviveAcceptErrors(server, connections, observer));
  handleClientErrors(server, limits.headerBytes, observer);
  lifecycle.onChange(state => {
    if (state === 'draining') connections.announceClose();
  });

  /** As the clock's, but at once where there is nothing to wait for. */
  const after = (milliseconds: number, run: () => void): (() => void) => {
    if (milliseconds > 0) return clock.after(milliseconds, run);
    run();
    return () => {};
  };
  return {
    server,
    countConnections: () => connections.size,
    unfinished: () => connections.unfinished(),
    async close({ drain = 0, linger = 0 } = {}) {
      lifecycle.advance('draining');
      await new Promise<void>(resolve => after(drain, resolve));
      await acceptBacklog(server);
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      // Its own close would end idle connections at once.
      NetServer.prototype.close.call(server, () => resolve());
      // Once everything that has arrived is read, which setImmediate waits for: its connection is not idle.
      const cancel = after(linger, () => setImmediate(() => connections.closeIdle()));
      await closed;
      cancel();
      // Also stops the timer with which Node looks for late requests.
      server.close();
    },
  };
}

/** Settles once all that have connected by now are accepted: the system resets what waits when a server stops listening. */
async function acceptBacklog(server: Server): Promise<void> {
  let accepted = 0;
  let quiet = 0;
  const onConnection = (): void => {
    accepted += 1;
    quiet = 0;
  };
  server.on('connection', onConnection);
  const end = performance.now() + ACCEPT_TIME;
  while (quiet < QUIET_ITERATIONS && accepted < BACKLOG && performance.now() < end) {
    quiet += 1;
    await new Promise(resolve => setImmediate(resolve));
  }
  server.off('connection', onConnection);
}

/**
 * Keeps a server running when a connection cannot be accepted because file descriptors have run out. As long as none is
 * free the system reports that again and again; an idle connection is closed to free one.
 */
function surviveAcceptErrors(server: Server, connections: ClientConnections, observer: Observer): void {
  server.on('error', ({ code }: NodeJS.ErrnoException) => {
    connections.closeOneIdle();
    observer.acceptFailed({ code });
  });
}
