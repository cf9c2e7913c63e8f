import type { Clock } from '../lib/clock.ts';
import type { Observer } from '../observability/observer.ts';
import { BodyBudget } from '../server/body-budget.ts';
import { Cors } from '../server/cors.ts';
import { Lifecycle } from '../server/lifecycle.ts';
import type { ListenAddress } from '../server/listen.ts';
import { listen } from '../server/listen.ts';
import { createHttpServer } from '../server/node-server.ts';
import { RequestBudget } from '../server/request-budget.ts';
import type { Route } from '../server/router.ts';
import { createRouter } from '../server/router.ts';
import { UnreadResponses } from '../server/unread-responses.ts';
import type { Readiness } from './probes.ts';
import { createReadyHandler, live } from './probes.ts';

/** Bounds of the admin port, for which a few probes and scrapers are all there is; times in milliseconds. */
export const ADMIN_LIMITS = {
  headerBytes: 4 * 1024,
  headersTimeout: 2_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 5_000,
  checkingInterval: 1_000,
  refusedConnections: 4,
} as const;

/** Responses that are not read: two of the largest, and a scraper reads at once. */
const UNREAD_LIMITS = { stalled: 5_000, bytes: 2 * 1024 * 1024 };

/** What an admin server works with. */
export interface AdminOptions extends Readiness {
  readonly address: ListenAddress;
  /** Most open connections. */
  readonly maxConnections: number;
  /** Routes beside the probes. HEAD is answered wherever GET is. No handler may read the body of a request. */
  readonly routes: readonly Route[];
  readonly clock: Clock;
  /** Is notified of bugs and of connections. It must log, count or trace no request: probes come every second. */
  readonly observer: Observer;
}

/** An admin server that listens. */
export interface AdminServer extends AsyncDisposable {
  /** Its origin, such as http://127.0.0.1:4001. */
  readonly url: string;
}

/**
 * Opens the port for those who run the gateway, which must not be public: its probes and whatever else it is given. It
 * is opened before the gateway listens and closed after it, so that probes are answered all the time.
 * @throws the system's error when it cannot listen.
 */
export async function startAdminServer(options: AdminOptions): Promise<AdminServer> {
  const { address, maxConnections, clock, observer } = options;
  const { server, close } = createHttpServer({
    listener: createRouter({
      routes: withHead([
        { path: '/live', method: 'GET', handler: live },
        { path: '/ready', method: 'GET', handler: createReadyHandler(options) },
        ...options.routes,
      ]),
      notFound: 'There is nothing here.',
      limits: {
        requestTimeout: ADMIN_LIMITS.requestTimeout,
        bodies: { maxBodyBytes: 0, bodyBudget: new BodyBudget(0) },
        requestBudget: new RequestBudget(0),
        clock,
      },
      cors: new Cors([]),
      unread: new UnreadResponses(clock, observer, UNREAD_LIMITS),
      observer,
    }),
    observer,
    lifecycle: new Lifecycle(),
    maxConnections,
    limits: ADMIN_LIMITS,
  });
  const url = await listen(server, address);
  return {
    url,
    async [Symbol.asyncDispose]() {
      const closed = close();
      // Nothing that is asked here is worth waiting for.
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Node leaves out the body of the response to a HEAD request. */
function withHead(routes: readonly Route[]): Route[] {
  return routes.flatMap(route => (route.method === 'GET' ? [route, { ...route, method: 'HEAD' }] : [route]));
}
