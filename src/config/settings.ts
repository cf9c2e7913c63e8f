import { MAX_KEY } from '../lib/header-text.ts';
import {
  decimal,
  flag,
  httpUrl,
  integer,
  milliseconds,
  offsetMinutes,
  oneOf,
  optional,
  origins,
  setting,
  visibleAscii,
} from './values.ts';

/** Every environment variable the gateway reads; the table of settings in the documentation is generated from it. */
export const SETTINGS = {
  PORT: setting('4000', 'Port to listen on; 0 lets the system choose.', integer(0, 65_535)),
  HOST: setting('127.0.0.1', 'Address to listen on; 0.0.0.0 for all.', text => text),
  UPSTREAM_URL: setting(
    'https://luminus.azure-api.net',
    'URL of the LumiNUS API: its origin, and a path prefix if it has one.',
    httpUrl,
  ),
  UPSTREAM_SUBSCRIPTION_KEY: optional(
    'Subscription key for callers that send none. Those callers must send a Bearer token.',
    visibleAscii(MAX_KEY),
  ),
  UPSTREAM_TIME_ZONE_OFFSET: setting(
    '+08:00',
    'UTC offset assumed for date-times of the upstream that have none. The default, Singapore time, is inferred.',
    offsetMinutes,
  ),
  MAX_CONNECTIONS: setting(
    '10000',
    'Most open connections of clients. The system must allow as many open files, and as many more as there are connections to the upstream.',
    integer(1, 1_000_000),
  ),
  REQUEST_TIMEOUT_MS: setting(
    '15000',
    'Longest time a GraphQL request takes, with all its upstream calls, retries and time in the queue.',
    milliseconds,
  ),
  UPSTREAM_ATTEMPT_TIMEOUT_MS: setting(
    '8000',
    'Longest wait for one response of the upstream, connecting included. Must be less than REQUEST_TIMEOUT_MS.',
    milliseconds,
  ),
  UPSTREAM_CONNECT_TIMEOUT_MS: setting(
    '2000',
    'Longest wait for a connection to the upstream.',
    milliseconds,
  ),
  UPSTREAM_MAX_ANSWER_BYTES: setting(
    '262144',
    'Largest response of the upstream, in bytes, both as it arrives and after decompression.',
    integer(1024, 16 * 1024 * 1024),
  ),
  UPSTREAM_MAX_IN_FLIGHT: setting('64', 'Most upstream calls in flight.', integer(1, 10_000)),
  UPSTREAM_MAX_IN_FLIGHT_PER_CALLER: setting(
    '16',
    'Most upstream calls in flight for one caller.',
    integer(1, 10_000),
  ),
  UPSTREAM_MAX_WAITING: setting(
    '1000',
    'Most upstream calls that are queued; further ones fail with OVERLOADED.',
    integer(0, 1_000_000),
  ),
  UPSTREAM_RETRY_MIN_DELAY_MS: setting('100', 'Shortest delay before a retry.', milliseconds),
  UPSTREAM_RETRY_MAX_DELAY_MS: setting(
    '1000',
    'Longest delay before a retry, unless the upstream asks for more.',
    milliseconds,
  ),
  UPSTREAM_RETRY_BUDGET: setting(
    '10',
    'Most retries the budget of the process can hold; 0 turns retries off.',
    integer(0, 10_000),
  ),
  UPSTREAM_RETRY_BUDGET_PER_CALL: setting(
    '0.1',
    'Retries that each upstream call adds to the budget.',
    decimal(0, 1),
  ),
  UPSTREAM_RETRY_BUDGET_PER_SECOND: setting(
    '1',
    'Retries that each second adds to the budget.',
    decimal(0, 1000),
  ),
  UPSTREAM_BREAKER: setting(
    'on',
    'Whether a circuit breaker refuses calls for a while when the upstream fails.',
    flag,
  ),
  UPSTREAM_BREAKER_FAILURE_RATIO: setting(
    '0.5',
    'The breaker opens when more than this share of recent attempts failed.',
    decimal(0, 1),
  ),
  UPSTREAM_BREAKER_MIN_ATTEMPTS: setting(
    '20',
    'Fewest recent attempts after which the breaker can open.',
    integer(1, 100_000),
  ),
  UPSTREAM_BREAKER_WINDOW_MS: setting('10000', 'How long an attempt counts as recent.', milliseconds),
  UPSTREAM_BREAKER_OPEN_MS: setting(
    '5000',
    'How long the breaker stays open before it is half-open and lets one attempt through.',
    milliseconds,
  ),
  ALLOW_ANONYMOUS: setting(
    'false',
    "Whether the gateway's own key may be used without a Bearer token.",
    flag,
  ),
  ALLOW_INSECURE_UPSTREAM: setting(
    'false',
    'Whether UPSTREAM_URL and JWT_JWKS_URL may be http: URLs of other machines. Credentials are then sent unencrypted.',
    flag,
  ),
  JWT_JWKS_URL: optional(
    'URL of the JSON Web Key Set. When it is set, every token must be a JWT signed by one of its keys.',
    httpUrl,
  ),
  JWT_ISSUER: optional('The "iss" claim a token must have; needs JWT_JWKS_URL.', visibleAscii(1024)),
  JWT_AUDIENCE: optional('The "aud" claim a token must have; needs JWT_JWKS_URL.', visibleAscii(1024)),
  CORS_ORIGINS: optional(
    'Origins whose pages may call the gateway from a browser, separated by commas, such as https://app.example.',
    origins,
  ),
  BATCH_LIMIT: setting('0', 'Most operations in one HTTP request; 0 turns batching off.', integer(0, 100)),
  PERSISTED_DOCUMENTS: optional(
    'Path of a manifest with the only operations that may run: a JSON object from hash to text, as graphql-codegen writes it.',
    text => text,
  ),
  GRAPHIQL: setting('off', 'Whether GraphiQL is served to browsers at /graphql.', flag),
  INTROSPECTION: setting('off', 'Whether introspection is allowed. It always is when GRAPHIQL is on.', flag),
  LOG_LEVEL: setting(
    'info',
    'Least level that is logged: debug, info, warn, error or silent.',
    oneOf('debug', 'info', 'warn', 'error', 'silent'),
  ),
} as const;

/** The settings of a process, checked; each under the name of its variable. */
export type Config = { readonly [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]['read']> };
