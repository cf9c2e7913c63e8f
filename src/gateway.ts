import type { AdminServer } from './admin/admin-server.ts';
import type { Readiness } from './admin/probes.ts';
import type { LiveSettings } from './config/live-settings.ts';
import type { Config } from './config/settings.ts';
import { ADMIN_CONNECTIONS, limitConnections } from './gateway/connection-limit.ts';
import { createLimits } from './gateway/limits.ts';
import { luminusOptions } from './gateway/luminus-options.ts';
import { openMetrics } from './gateway/open-metrics.ts';
import { createRoutes, PATHS } from './gateway/routes.ts';
import { createConfiguredTokenCheck } from './gateway/token-check.ts';
import { tracingOptions } from './gateway/tracing-options.ts';
import type { TrustedDocuments } from './graphql/plugins/persisted-operations.ts';
import type { Clock } from './lib/clock.ts';
import { systemClock } from './lib/clock.ts';
import { SignalSource } from './lib/signal.ts';
import { createLuminus } from './luminus/luminus.ts';
import { SENSITIVE_FIELDS } from './luminus/meeting.ts';
import { createAccessLog } from './observability/access-log.ts';
import { createObserver } from './observability/create-observer.ts';
import type { Log } from './observability/log.ts';
import { createLogSubscriber } from './observability/log-subscriber.ts';
import type { RuntimeInfo } from './observability/metrics/create-metrics.ts';
import type { Observer } from './observability/observer.ts';
import { createTracing } from './observability/tracing/create-tracing.ts';
import { BodyBudget } from './server/body-budget.ts';
import type { UnfinishedRequests } from './server/client-connections.ts';
import { Cors } from './server/cors.ts';
import { Lifecycle } from './server/lifecycle.ts';
import { listen } from './server/listen.ts';
import type { CloseDelays } from './server/node-server.ts';
import { createHttpServer } from './server/node-server.ts';
import { REQUEST_BYTES, RequestBudget } from './server/request-budget.ts';
import type { Route } from './server/router.ts';
import { createRouter } from './server/router.ts';
import { UnreadResponses } from './server/unread-responses.ts';

/** Largest body of a request, in bytes. */
export const MAX_BODY_BYTES = 100_000;

/** Names of fields whose values must not be logged. */
export const SECRET_FIELDS = ['authorization', 'subscriptionKey', ...SENSITIVE_FIELDS];

/** A gateway that listens. */
export interface Gateway extends AsyncDisposable {
  /** Where GraphQL is served. */
  readonly url: string;
  /** The origin of the admin port; null without one. */
  readonly adminUrl: string | null;
  /** Whether it is ready, draining or stopped. */
  readonly lifecycle: Lifecycle;
  /**
   * Shuts down gracefully: goes on accepting for a while if it is told to, finishes the requests in flight, and closes every
   * connection. From the beginning on it is not ready, and each response closes its connection.
   */
  close(delays?: CloseDelays): Promise<void>;
  /** What would be cut off if the process ended now. */
  unfinished(): UnfinishedRequests;
}

/** What a gateway takes from outside. */
export interface GatewayOptions {
  readonly config: Config;
  readonly log: Log;
  /** What can change while it runs; by default nothing, and any operation may run. */
  readonly live?: LiveSettings<TrustedDocuments>;
  /** The time of deadlines, delays and windows; by default the system's. */
  readonly clock?: Clock;
  /** Most bytes of heap that requests in progress may hold, by estimate. */
  readonly requestBytes?: number;
  /** How many files the process may open; by default without a limit. */
  readonly openFiles?: number;
  /** A number from 0 up to 1; by default Math.random. */
  readonly random?: () => number;
  /** The process it runs in, for metrics; by default there are none of the process. */
  readonly runtime?: RuntimeInfo;
}

/** Assembles a gateway and starts it. @throws the system's error when it cannot listen. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, log, clock = systemClock, random = Math.random } = options;
  const { live = { trusted: null, subscriptionKey: config.UPSTREAM_SUBSCRIPTION_KEY } } = options;
  const { requestBytes = REQUEST_BYTES, openFiles = Number.POSITIVE_INFINITY } = options;
  const { maxConnections, neededFiles } = limitConnections(config, openFiles);
  if (maxConnections < config.MAX_CONNECTIONS) {
    log.warn(
      { openFiles, neededFiles, maxConnections },
      'the limit of open files is too low for MAX_CONNECTIONS and UPSTREAM_MAX_IN_FLIGHT: fewer connections are accepted',
    );
  }
  await using opened = new AsyncDisposableStack();
  const metrics = opened.use(await openMetrics(options));
  const lifecycle = new Lifecycle();
  let areKeysMissing = config.JWT_JWKS_URL !== null;
  // Before the gateway itself listens, and closed after it, so that probes are answered all the time.
  const readiness = { lifecycle, areKeysMissing: () => areKeysMissing };
  const admin = opened.use(await openAdmin(options, readiness, metrics === null ? [] : [metrics.route]));
  const tracing = opened.adopt(
    await createTracing(tracingOptions(config, live.trusted !== null), () => observer),
    ({ close }) => close(),
  );
  const observer: Observer = createObserver(
    [
      createAccessLog(log),
      createLogSubscriber(log),
      tracing.subscriber,
      ...(metrics === null ? [] : [metrics.subscriber]),
    ],
    log,
  );
  const stopped = new SignalSource();
  opened.defer(() => stopped.abort(null));
  const { checkToken, keysFetched } = createConfiguredTokenCheck(config, { clock, observer, stopped });
  const bounds = opened.use(await createLimits(config, { clock, observer }));
  const upstream = luminusOptions(config, { ...bounds, observer, clock, random });
  const luminus = createLuminus(upstream);
  const cors = new Cors(config.CORS_ORIGINS ?? []);
  const {
    server,
    unfinished,
    countConnections,
    close: closeServer,
  } = createHttpServer({
    listener: createRouter({
      routes: createRoutes({
        config,
        live,
        createLoaders: (caller, context, started) => ({
          meetings: luminus.createMeetingLoader(caller, context, started),
        }),
        isAccepted: luminus.isAccepted,
        checkToken,
        identify: bounds.identify,
        cors,
        observer,
      }),
      notFound: `There is nothing here. GraphQL is at ${PATHS.graphql}.`,
      limits: {
        requestTimeout: config.REQUEST_TIMEOUT_MS,
        bodies: { maxBodyBytes: MAX_BODY_BYTES, bodyBudget: new BodyBudget() },
        requestBudget: new RequestBudget(requestBytes),
        clock,
      },
      cors,
      unread: new UnreadResponses(clock, observer),
      observer,
      startTrace: tracing.startTrace,
    }),
    observer,
    lifecycle,
    maxConnections,
    clock,
  });
  metrics?.readFrom({
    connections: countConnections,
    retryBudget: () => upstream.limits.retryBudget.available(),
  });
  const origin = await listen(server, { host: config.HOST, port: config.PORT });
  void keysFetched.then(() => {
    areKeysMissing = false;
    lifecycle.advance('ready');
  });

  const others = opened.move();
  let closing: Promise<void> | undefined;
  const close = async (delays?: CloseDelays): Promise<void> => {
    await closeServer(delays);
    await luminus.close();
    const counts = luminus.drift.counts();
    if (counts.size > 0) log.info({ drift: Object.fromEntries(counts) }, 'upstream differences seen');
    lifecycle.advance('stopped');
    await others.disposeAsync();
  };
  return {
    url: origin + PATHS.graphql,
    adminUrl: admin?.url ?? null,
    lifecycle,
    unfinished,
    close: delays => (closing ??= close(delays)),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

/** Opens the admin port, if there is to be one. What it needs is loaded only then. */
async function openAdmin(
  { config, log, clock = systemClock }: GatewayOptions,
  readiness: Readiness,
  routes: readonly Route[],
): Promise<AdminServer | null> {
  if (config.ADMIN_PORT === null) return null;
  const { startAdminServer } = await import('./admin/admin-server.ts');
  return await startAdminServer({
    ...readiness,
    address: { host: config.ADMIN_HOST, port: config.ADMIN_PORT },
    maxConnections: ADMIN_CONNECTIONS,
    routes,
    clock,
    // Without the access log: probes come every second.
    observer: createObserver([createLogSubscriber(log)], log),
  });
}
