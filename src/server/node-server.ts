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
  /** How long an idle connection stays open. A proxy in front has to close its own earlier, or retry what met a closed one. */
  keepAliveTimeout: 5_000,
  /** How often Node looks for requests that are late; its own default is 30 s. */
  checkingInterval: 1_000,
  refusedConnections: REFUSED_CONNECTIONS,
} as const;

/**
 * Iterations of the event loop without a new connection after which all that had connected are accepted: an iteration
 * accepts some of those that wait, and none only when it had others to attend to.
 */
const QUIET_ITERATIONS = 5;

/** Milliseconds that a quiet iteration takes at most. In a longer one, connections and requests arrive after it has looked. */
const QUIET_TIME = 1;

/** Most connections that wait to be accepted: Node's backlog, and the one more that Linux adds. */
const BACKLOG = 512;

/** Milliseconds after which longer iterations count as well: a machine can be too busy for short ones. */
const MAX_QUIET_WAIT = 2_000;

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
      keepAliveTimeout: limits.keepAliveTimeout,
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
      if (connections.drop(request)) return;
      connections.addResponse(socket, response);
      // Node does not switch protocols here, yet may drop what has arrived behind the request.
      if (request.headers.upgrade !== undefined) connections.endAfterLast(socket);
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
  handleClientErrors(server, limits.headerBytes, observer, connections);

  return {
    server,
    countConnections: () => connections.size,
    unfinished: () => connections.unfinished(),
    async close({ drain = 0, linger = 0 } = {}) {
      lifecycle.advance('draining');
      if (drain > 0) {
        connections.announceClose();
        await new Promise<void>(resolve => clock.after(drain, resolve));
      }
      await readAll(server);
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      // Its own close would end idle connections at once.
      NetServer.prototype.close.call(server, () => resolve());
      // Without draining not before: a client whose connection is closed makes a new one, which could come too late.
      connections.announceClose();
      const closeIdle = (): void => void readAll(server).then(() => connections.closeIdle());
      const cancel = linger > 0 ? clock.after(linger, closeIdle) : closeIdle();
      await closed;
      cancel?.();
      // Also stops the timer with which Node looks for late requests.
      server.close();
    },
  };
}

/**
 * Settles once all who have connected by now are accepted and what they have sent is read, right after an iteration of the
 * event loop in which little more can have arrived. The system resets a connection that waits when a server stops listening,
 * and one that is closed before all is read.
 */
async function readAll(server: Server): Promise<void> {
  let accepted = 0;
  const onConnection = (): void => {
    accepted += 1;
  };
  server.on('connection', onConnection);
  const startedAt = performance.now();
  let now = startedAt;
  let quiet = 0;
  while (quiet < QUIET_ITERATIONS && accepted < BACKLOG) {
    const before = { now, accepted };
    await new Promise(resolve => setImmediate(resolve));
    now = performance.now();
    const isShort = now - before.now < QUIET_TIME || now - startedAt > MAX_QUIET_WAIT;
    quiet = isShort && accepted === before.accepted ? quiet + 1 : 0;
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
