import type { AddressInfo } from 'node:net';
import * as jit from 'graphql-jit';
import { createCallerIdentifier } from './auth/caller.ts';
import type { CredentialRules } from './auth/credentials.ts';
import { readCaller } from './auth/credentials.ts';
import { createTokenCheck } from './auth/token.ts';
import type { Config } from './config/settings.ts';
import { createExecutor } from './graphql/execute.ts';
import { createErrorFormatter } from './graphql/format-error.ts';
import { createHandler } from './graphql/handler.ts';
import { useDocumentCache } from './graphql/plugins/document-cache.ts';
import { documentLimits } from './graphql/plugins/document-limits.ts';
import { noIntrospection } from './graphql/plugins/introspection.ts';
import { useJit } from './graphql/plugins/jit.ts';
import type { TrustedDocuments } from './graphql/plugins/persisted-operations.ts';
import { createAutomaticStore, createTrustedStore } from './graphql/plugins/persisted-operations.ts';
import type { Clock } from './lib/clock.ts';
import { systemClock } from './lib/clock.ts';
import { SENSITIVE_FIELDS } from './luminus/meeting.ts';
import { createMeetingLoader } from './luminus/meeting-loader.ts';
import { createAccessLog } from './observability/access-log.ts';
import { createObserver } from './observability/create-observer.ts';
import type { Log } from './observability/log.ts';
import { createLogSubscriber } from './observability/log-subscriber.ts';
import type { Observer } from './observability/observer.ts';
import type { Upstream, UpstreamOptions } from './rest/client.ts';
import { createUpstream } from './rest/client.ts';
import { schema } from './schema/index.ts';
import { BodyBudget } from './server/body-budget.ts';
import { Cors } from './server/cors.ts';
import { acceptsHtml, createGraphiQLHandler } from './server/graphiql/page.ts';
import { health } from './server/health.ts';
import type { HttpHandler } from './server/http-message.ts';
import { Lifecycle } from './server/lifecycle.ts';
import { createHttpServer } from './server/node-server.ts';
import type { Route } from './server/router.ts';
import { createRouter } from './server/router.ts';
import { UnreadResponses } from './server/unread-responses.ts';

/** Where GraphQL is served. */
const GRAPHQL_PATH = '/graphql';

/** Where the process reports that it is alive. */
const HEALTH_PATH = '/health';

/** Largest body of a request. */
export const MAX_BODY_BYTES = 100_000;

/** Most distinct meetings of one HTTP request: each is a metered call. */
export const MAX_MEETINGS = 100;

/** Names of fields whose values must not be logged. */
export const SECRET_FIELDS = ['authorization', 'subscriptionKey', ...SENSITIVE_FIELDS];

/** Longest wait for the keys that sign tokens, in milliseconds. */
const KEYS_TIMEOUT = 5_000;

/** A gateway that listens. */
export interface Gateway extends AsyncDisposable {
  /** Where GraphQL is served. */
  readonly url: string;
  /** Whether it is ready, draining or stopped. */
  readonly lifecycle: Lifecycle;
  /**
   * Shuts down gracefully: stops accepting, finishes the requests in flight, and closes every connection.
   * @param linger milliseconds that idle connections stay open, as a request may be on its way on them; by default none.
   */
  close(linger?: number): Promise<void>;
}

/** What a gateway takes from outside. */
export interface GatewayOptions {
  readonly config: Config;
  readonly log: Log;
  /** The only operations that may run; null for any. */
  readonly trusted?: TrustedDocuments | null;
  /** The time of deadlines, delays and windows; by default the system's. */
  readonly clock?: Clock;
  /** A number from 0 up to 1; by default Math.random. */
  readonly random?: () => number;
}

/** Assembles a gateway and starts it. @throws the system's error when it cannot listen. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, log, clock = systemClock } = options;
  const observer = createObserver([createAccessLog(log), createLogSubscriber(log)], log);
  const lifecycle = new Lifecycle();
  const upstream = createUpstream(upstreamOptions(options));
  const cors = new Cors(config.CORS_ORIGINS ?? []);
  const { server, close: closeServer } = createHttpServer({
    listener: createRouter({
      routes: routes(config, createGraphQLHandler(options, upstream, observer), cors),
      notFound: `There is nothing here. GraphQL is at ${GRAPHQL_PATH}.`,
      limits: {
        requestTimeout: config.REQUEST_TIMEOUT_MS,
        bodies: { maxBodyBytes: MAX_BODY_BYTES, bodyBudget: new BodyBudget() },
        clock,
      },
      cors,
      unread: new UnreadResponses(clock, observer),
      observer,
    }),
    observer,
    lifecycle,
    maxConnections: config.MAX_CONNECTIONS,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.PORT, config.HOST, resolve);
  });
  lifecycle.advance('ready');

  let closing: Promise<void> | undefined;
  const close = async (linger: number): Promise<void> => {
    await closeServer(linger);
    await upstream.close();
    lifecycle.advance('stopped');
  };
  return {
    url: `http://${hostOf(server.address())}${GRAPHQL_PATH}`,
    lifecycle,
    close: (linger = 0) => (closing ??= close(linger)),
    [Symbol.asyncDispose]: () => (closing ??= close(0)),
  };
}

function routes(config: Config, graphql: HttpHandler, cors: Cors): Route[] {
  const page: Route = {
    path: GRAPHQL_PATH,
    method: 'GET',
    accepts: acceptsHtml,
    handler: createGraphiQLHandler(),
  };
  return [
    { path: GRAPHQL_PATH, method: 'POST', handler: graphql },
    ...(config.GRAPHIQL ? [page] : []),
    {
      path: GRAPHQL_PATH,
      method: 'OPTIONS',
      accepts: ({ headers }) => cors.isPreflight(headers),
      handler: () => cors.preflightResponse(),
    },
    { path: HEALTH_PATH, method: 'GET', handler: health },
  ];
}

function createGraphQLHandler(options: GatewayOptions, upstream: Upstream, observer: Observer): HttpHandler {
  const { config, trusted = null } = options;
  const showsSchema = config.GRAPHIQL || config.INTROSPECTION;
  const rules = [...documentLimits, ...(showsSchema ? [] : [noIntrospection])];
  const credentials = credentialRules(options, observer);
  return createHandler({
    execute: createExecutor(
      schema,
      [useDocumentCache(rules), useJit(jit)],
      trusted === null ? createAutomaticStore() : createTrustedStore(trusted),
    ),
    formatError: createErrorFormatter({ hidesSchema: !showsSchema, observer }),
    authenticate: (rawHeaders, signal) => readCaller(rawHeaders, credentials, signal),
    createLoaders: (caller, context) => ({
      meetings: createMeetingLoader({ upstream, caller, context, maxMeetings: MAX_MEETINGS }),
    }),
    batchLimit: config.BATCH_LIMIT,
  });
}

function credentialRules(
  { config, clock = systemClock }: GatewayOptions,
  observer: Observer,
): CredentialRules {
  return {
    gatewayKey: config.UPSTREAM_SUBSCRIPTION_KEY,
    allowAnonymous: config.ALLOW_ANONYMOUS,
    identify: createCallerIdentifier(),
    checkToken: createTokenCheck({
      rules: {
        jwksUrl: config.JWT_JWKS_URL,
        issuer: config.JWT_ISSUER,
        audience: config.JWT_AUDIENCE,
        keysTimeout: Math.min(KEYS_TIMEOUT, config.REQUEST_TIMEOUT_MS),
      },
      now: Date.now,
      clock,
      observer,
    }),
  };
}

function upstreamOptions({
  config,
  log,
  clock = systemClock,
  random = Math.random,
}: GatewayOptions): UpstreamOptions {
  return {
    url: config.UPSTREAM_URL,
    offsetMinutes: config.UPSTREAM_TIME_ZONE_OFFSET,
    attemptTimeout: config.UPSTREAM_ATTEMPT_TIMEOUT_MS,
    connectTimeout: config.UPSTREAM_CONNECT_TIMEOUT_MS,
    maxAnswerBytes: config.UPSTREAM_MAX_ANSWER_BYTES,
    bulkhead: {
      maxInFlight: config.UPSTREAM_MAX_IN_FLIGHT,
      maxInFlightPerCaller: config.UPSTREAM_MAX_IN_FLIGHT_PER_CALLER,
      maxWaiting: config.UPSTREAM_MAX_WAITING,
    },
    retry: {
      minDelay: config.UPSTREAM_RETRY_MIN_DELAY_MS,
      maxDelay: config.UPSTREAM_RETRY_MAX_DELAY_MS,
      budget: config.UPSTREAM_RETRY_BUDGET,
      budgetPerCall: config.UPSTREAM_RETRY_BUDGET_PER_CALL,
      budgetPerSecond: config.UPSTREAM_RETRY_BUDGET_PER_SECOND,
    },
    breaker: {
      enabled: config.UPSTREAM_BREAKER,
      failureRatio: config.UPSTREAM_BREAKER_FAILURE_RATIO,
      minAttempts: config.UPSTREAM_BREAKER_MIN_ATTEMPTS,
      window: config.UPSTREAM_BREAKER_WINDOW_MS,
      openFor: config.UPSTREAM_BREAKER_OPEN_MS,
    },
    clock,
    random,
    log,
  };
}

function hostOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}
