import type { AddressInfo } from 'node:net';
import * as jit from 'graphql-jit';
import { createTokenCheck } from './auth/token.ts';
import type { Config } from './config/settings.ts';
import { createPipeline } from './graphql/execute.ts';
import { createErrorPresenter } from './graphql/format-error.ts';
import { documents } from './graphql/plugins/document-cache.ts';
import { documentLimits } from './graphql/plugins/document-limits.ts';
import { noIntrospection } from './graphql/plugins/introspection.ts';
import { compiledExecution } from './graphql/plugins/jit.ts';
import type { TrustedDocuments } from './graphql/plugins/persisted-operations.ts';
import { persistedQueries, trustedDocuments } from './graphql/plugins/persisted-operations.ts';
import type { Clock } from './lib/clock.ts';
import { systemClock } from './lib/clock.ts';
import type { LuminusOptions } from './luminus/luminus.ts';
import { createLuminus } from './luminus/luminus.ts';
import { createObserver } from './observability/create-observer.ts';
import type { Log } from './observability/log.ts';
import { createLogSubscriber } from './observability/log-subscriber.ts';
import { createInProcessLimits } from './rest/in-process-limits.ts';
import { schema } from './schema/index.ts';
import { BodyBudget } from './server/body-budget.ts';
import { Cors } from './server/cors.ts';
import { createGraphiQLPage } from './server/graphiql/page.ts';
import { createHttpServer } from './server/node-server.ts';
import { createListener, GRAPHQL_PATH } from './server/router.ts';
import { UnreadAnswers } from './server/unread-answers.ts';

/** Largest body of a request. */
export const MAX_BODY_BYTES = 100_000;

/** Most distinct meetings of one HTTP request: each is a metered call. */
export const MAX_MEETINGS = 100;

/** Longest wait for the keys that sign tokens, in milliseconds. */
const KEYS_TIMEOUT = 5_000;

/** A gateway that listens. */
export interface Gateway extends AsyncDisposable {
  /** Where GraphQL is served. */
  readonly url: string;
  /**
   * Stops accepting, lets what runs finish, and closes every connection.
   * @param linger milliseconds that idle connections stay open, as a request may be under way on them; by default none.
   */
  close(linger?: number): Promise<void>;
}

/** What a gateway needs from the world. */
export interface GatewayOptions {
  readonly config: Config;
  readonly log: Log;
  /** The only operations that may run; null for any. */
  readonly trusted?: TrustedDocuments | null;
  /** The time upstream calls live by; by default the system's. */
  readonly clock?: Clock;
  /** A number from 0 up to 1; by default Math.random. */
  readonly random?: () => number;
}

/** Puts a gateway together and starts it. @throws the system's error when it cannot listen. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, log, trusted = null, clock = systemClock } = options;
  const luminus = createLuminus(luminusOptions(options));
  const showsSchema = config.GRAPHIQL || config.INTROSPECTION;
  const listener = createListener({
    pipeline: createPipeline(
      schema,
      [documents([...documentLimits, ...(showsSchema ? [] : [noIntrospection])]), compiledExecution(jit)],
      trusted === null ? persistedQueries() : trustedDocuments(trusted),
    ),
    presentError: createErrorPresenter({ hidesSchema: !showsSchema, log }),
    createMeetingLoader: luminus.createMeetingLoader,
    credentials: {
      gatewayKey: config.UPSTREAM_SUBSCRIPTION_KEY,
      allowAnonymous: config.ALLOW_ANONYMOUS,
      checkToken: createTokenCheck({
        rules: {
          jwksUrl: config.JWT_JWKS_URL,
          issuer: config.JWT_ISSUER,
          audience: config.JWT_AUDIENCE,
          keysTimeout: Math.min(KEYS_TIMEOUT, config.REQUEST_TIMEOUT_MS),
        },
        now: Date.now,
        clock,
        log,
      }),
    },
    cors: new Cors(config.CORS_ORIGINS ?? []),
    graphiql: config.GRAPHIQL ? createGraphiQLPage() : null,
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    clock,
    bodies: { maxBodyBytes: MAX_BODY_BYTES, bodyBudget: new BodyBudget() },
    unread: new UnreadAnswers(clock, log),
    batchLimit: config.BATCH_LIMIT,
    log,
  });
  const { server, close: closeServer } = createHttpServer({
    listener,
    log,
    maxConnections: config.MAX_CONNECTIONS,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.PORT, config.HOST, resolve);
  });

  let closing: Promise<void> | undefined;
  const close = async (linger: number): Promise<void> => {
    await closeServer(linger);
    await luminus.close();
    const counts = luminus.drift.counts();
    if (counts.size > 0) log.info({ drift: Object.fromEntries(counts) }, 'upstream differences seen');
  };
  return {
    url: `http://${hostOf(server.address())}${GRAPHQL_PATH}`,
    close: (linger = 0) => (closing ??= close(linger)),
    [Symbol.asyncDispose]: () => (closing ??= close(0)),
  };
}

function luminusOptions({
  config,
  log,
  clock = systemClock,
  random = Math.random,
}: GatewayOptions): LuminusOptions {
  const observer = createObserver([createLogSubscriber(log)]);
  const limits = {
    limiter: {
      maxInFlight: config.UPSTREAM_MAX_IN_FLIGHT,
      maxInFlightPerCaller: config.UPSTREAM_MAX_IN_FLIGHT_PER_CALLER,
      maxQueued: config.UPSTREAM_MAX_WAITING,
    },
    breaker: {
      enabled: config.UPSTREAM_BREAKER,
      failureRatio: config.UPSTREAM_BREAKER_FAILURE_RATIO,
      minAttempts: config.UPSTREAM_BREAKER_MIN_ATTEMPTS,
      window: config.UPSTREAM_BREAKER_WINDOW_MS,
      openFor: config.UPSTREAM_BREAKER_OPEN_MS,
    },
    retryBudget: {
      budget: config.UPSTREAM_RETRY_BUDGET,
      budgetPerCall: config.UPSTREAM_RETRY_BUDGET_PER_CALL,
      budgetPerSecond: config.UPSTREAM_RETRY_BUDGET_PER_SECOND,
    },
  };
  return {
    url: config.UPSTREAM_URL,
    offsetMinutes: config.UPSTREAM_TIME_ZONE_OFFSET,
    maxMeetings: MAX_MEETINGS,
    attemptTimeout: config.UPSTREAM_ATTEMPT_TIMEOUT_MS,
    connectTimeout: config.UPSTREAM_CONNECT_TIMEOUT_MS,
    maxResponseBytes: config.UPSTREAM_MAX_ANSWER_BYTES,
    retryDelay: {
      minDelay: config.UPSTREAM_RETRY_MIN_DELAY_MS,
      maxDelay: config.UPSTREAM_RETRY_MAX_DELAY_MS,
    },
    limits: createInProcessLimits(limits, clock, observer),
    clock,
    random,
    observer,
  };
}

function hostOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}
