import { decimal, flag, httpUrl, integer, milliseconds, offsetMinutes, oneOf, setting } from '../values.ts';

/** Settings of the calls to LumiNUS. */
export const upstreamSettings = {
  UPSTREAM_URL: setting(
    'https://luminus.azure-api.net',
    'URL of the LumiNUS API: its origin, and a path prefix if it has one.',
    httpUrl,
  ),
  ALLOW_INSECURE_UPSTREAM: setting(
    'false',
    'Whether UPSTREAM_URL and JWT_JWKS_URL may be http: URLs of other machines. Credentials are then sent unencrypted.',
    flag,
  ),
  UPSTREAM_TIME_ZONE_OFFSET: setting(
    '+08:00',
    'UTC offset assumed for date-times of the upstream that have none. The default, Singapore time, is inferred.',
    offsetMinutes,
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
  UPSTREAM_MAX_RESPONSE_BYTES: setting(
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
  UPSTREAM_MAX_QUEUED: setting(
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
  UPSTREAM_HOLD: setting(
    'caller',
    "Which calls are held after LumiNUS refused one for a time (429, or 403 for a quota): caller (those of the same key and Authorization), key (those of the same key, for API Management's rate-limit and quota policies) or off.",
    oneOf('caller', 'key', 'off'),
  ),
  UPSTREAM_HOLD_MAX_MS: setting(
    '60000',
    'Longest time that calls are held before one may find out whether LumiNUS still refuses.',
    milliseconds,
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
  UPSTREAM_TRACE_CONTEXT: setting(
    'off',
    'Whether traceparent and tracestate go upstream with each call, with a span id of its own.',
    flag,
  ),
} as const;
