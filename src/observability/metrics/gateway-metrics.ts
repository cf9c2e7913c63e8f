import type { ErrorCode } from '../../lib/errors.ts';
import { ERRORS } from '../../lib/errors.ts';
import { KNOWN_METHODS } from '../http-methods.ts';
import { BREAKER_STATES, DRIFT_KINDS, OPERATION_OUTCOMES } from '../observer.ts';
import type { Registry } from './registry.ts';
import type { Gauge } from './values.ts';

/** Upper bounds in seconds, those that OpenTelemetry recommends for HTTP. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const;

/** What stands for every value that is not in a list. */
export const OTHER = 'other';

// The keys of the catalogue are its codes.
const CODES = Object.keys(ERRORS) as ErrorCode[];

/** Closed lists of what the gateway is made of: the values that labels can have. */
export interface LabelLists {
  /** The paths of its routes. */
  readonly routes: readonly string[];
  /** Every HTTP status that a response can have. */
  readonly statuses: readonly string[];
}

/** Defines what tells which versions run; its value is always 1. */
export function defineInfo(
  registry: Registry,
  { version, node }: { readonly version: string; readonly node: string },
): Gauge {
  return registry
    .gauge({
      name: 'gateway_info',
      help: 'Always 1: its labels are the versions of the gateway and of Node.',
      labels: { version: [version], node: [node] },
    })
    .of({ version, node });
}

/** Defines what the gateway itself counts and measures. */
export function defineGatewayMetrics(registry: Registry, { routes, statuses }: LabelLists) {
  return {
    requests: registry.histogram(
      {
        name: 'http_server_request_duration_seconds',
        help: 'Time from the arrival of a request to its response. Status 499: the client left before it.',
        labels: { method: [...KNOWN_METHODS, OTHER], status: statuses, route: [...routes, OTHER] },
      },
      SECONDS,
    ),
    operations: registry.counter({
      name: 'graphql_operations_total',
      help: 'Operations by what the client got: ok without errors, partial with errors and the value of a root field, failed without any. Those whose client left are not counted.',
      labels: { outcome: OPERATION_OUTCOMES },
    }),
    errors: registry.counter({
      name: 'graphql_errors_total',
      help: 'Errors in responses by their code, including those of requests and connections that were refused.',
      labels: { code: CODES },
    }),
    attempts: registry.histogram(
      {
        name: 'upstream_request_duration_seconds',
        help: 'Time of an attempt at an upstream call by its outcome: ok or the code of its failure. Attempts that nobody waited for any more are not counted.',
        labels: { outcome: ['ok', ...CODES] },
      },
      SECONDS,
    ),
    retries: registry.counter({
      name: 'upstream_retries_total',
      help: 'Attempts that repeat a failed one.',
      labels: {},
    }),
    deduplicated: registry.counter({
      name: 'upstream_deduplicated_total',
      help: 'Calls that were answered by an equal call in flight instead of one of their own.',
      labels: {},
    }),
    inFlight: registry.gauge({
      name: 'upstream_in_flight',
      help: 'Upstream calls that have a slot.',
      labels: {},
    }),
    queued: registry.gauge({
      name: 'upstream_queued',
      help: 'Upstream calls that wait for a slot.',
      labels: {},
    }),
    queueWait: registry.histogram(
      {
        name: 'upstream_queue_wait_seconds',
        help: 'Time in the queue of calls that were queued, until they got a slot or nobody waited for them any more.',
        labels: {},
      },
      SECONDS,
    ),
    breaker: registry.gauge({
      name: 'upstream_breaker_state',
      help: 'Whether the circuit breaker is in the state: 0 or 1. An open one changes with the next call only.',
      labels: { state: BREAKER_STATES },
    }),
    retryBudget: registry.gauge({
      name: 'upstream_retry_budget',
      help: 'Retries that the budget of the process holds now.',
      labels: {},
    }),
    holds: registry.gauge({
      name: 'upstream_holds',
      help: 'Holds: callers or keys whose calls are kept back because the upstream has refused one for a time.',
      labels: {},
    }),
    holdsStarted: registry.counter({
      name: 'upstream_holds_started_total',
      help: 'Holds that have started, by the code of the refusal.',
      labels: { code: CODES },
    }),
    redisUp: registry.gauge({
      name: 'redis_up',
      help: 'Whether Redis can be used: 0 or 1. It is 1 where REDIS_URL is not set.',
      labels: {},
    }),
    redisFailures: registry.counter({
      name: 'redis_failures_total',
      help: 'Commands to Redis, and connections, that failed; the limits of the process took their place.',
      labels: {},
    }),
    drift: registry.counter({
      name: 'contract_drift_total',
      help: 'Differences between responses of the upstream and its documentation, by kind.',
      labels: { kind: DRIFT_KINDS },
    }),
    keysAvailable: registry.gauge({
      name: 'auth_keys_available',
      help: 'Whether the keys that sign tokens could be fetched the last time: 0 or 1. It is 1 where JWT_JWKS_URL is not set.',
      labels: {},
    }),
    connections: registry.gauge({
      name: 'client_connections',
      help: 'Open connections of clients.',
      labels: {},
    }),
    logLinesDropped: registry.counter({
      name: 'log_lines_dropped_total',
      help: 'Lines of the log that could not be written.',
      labels: {},
    }),
    spansDropped: registry.counter({
      name: 'trace_spans_dropped_total',
      help: 'Spans that were not exported: their receiver did not take them, or too many waited for it.',
      labels: {},
    }),
  };
}

/** The metrics of the gateway. */
export type GatewayMetrics = ReturnType<typeof defineGatewayMetrics>;
