import { MAX_KEY } from '../lib/header-text.ts';
import type { Setting } from './values.ts';
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

/** Every environment variable the gateway reads; the README's table is made from it. */
export const SETTINGS = {
  PORT: setting('4000', 'Port to listen on; 0 lets the system choose.', integer(0, 65_535)),
  HOST: setting('127.0.0.1', 'Address to listen on; 0.0.0.0 for all.', text => text),
  UPSTREAM_URL: setting(
    'https://luminus.azure-api.net',
    'Where the LumiNUS API is: its origin, and a path prefix if it has one.',
    httpUrl,
  ),
  UPSTREAM_SUBSCRIPTION_KEY: optional(
    'Subscription key for callers that send none. Such callers must then send a Bearer token.',
    visibleAscii(MAX_KEY),
  ),
  UPSTREAM_TIME_ZONE_OFFSET: setting(
    '+08:00',
    'Offset of upstream date-times that carry none (Singapore wall-clock time, by inference).',
    offsetMinutes,
  ),
  MAX_CONNECTIONS: setting(
    '10000',
    'Most open connections of clients; the system must allow as many open files, and those to the upstream.',
    integer(1, 1_000_000),
  ),
  REQUEST_TIMEOUT_MS: setting(
    '15000',
    'Longest time a GraphQL request takes, all its upstream calls and waits included.',
    milliseconds,
  ),
  UPSTREAM_ATTEMPT_TIMEOUT_MS: setting(
    '8000',
    'Longest wait for one answer of the upstream, connecting included. Less than REQUEST_TIMEOUT_MS.',
    milliseconds,
  ),
  UPSTREAM_CONNECT_TIMEOUT_MS: setting(
    '2000',
    'Longest wait for a connection to the upstream.',
    milliseconds,
  ),
  UPSTREAM_MAX_ANSWER_BYTES: setting(
    '262144',
    'Largest answer of the upstream, counted after inflation.',
    integer(1024, 16 * 1024 * 1024),
  ),
  UPSTREAM_MAX_IN_FLIGHT: setting('64', 'Most upstream calls at once.', integer(1, 10_000)),
  UPSTREAM_MAX_IN_FLIGHT_PER_CALLER: setting(
    '16',
    'Most upstream calls at once for one caller.',
    integer(1, 10_000),
  ),
  UPSTREAM_MAX_WAITING: setting('1000', 'Most upstream calls that wait for a place.', integer(0, 1_000_000)),
  UPSTREAM_RETRY_MIN_DELAY_MS: setting('100', 'Shortest wait before a second attempt.', milliseconds),
  UPSTREAM_RETRY_MAX_DELAY_MS: setting(
    '1000',
    'Longest wait before a second attempt, unless the upstream asks for more.',
    milliseconds,
  ),
  UPSTREAM_RETRY_BUDGET: setting(
    '10',
    'Most second attempts saved up, for the process; 0 for none at all.',
    integer(0, 10_000),
  ),
  UPSTREAM_RETRY_BUDGET_PER_CALL: setting(
    '0.1',
    'Second attempts that each first attempt adds to the budget.',
    decimal(0, 1),
  ),
  UPSTREAM_RETRY_BUDGET_PER_SECOND: setting(
    '1',
    'Second attempts that each second adds to the budget.',
    decimal(0, 1000),
  ),
  UPSTREAM_BREAKER: setting(
    'on',
    'Whether calls are refused for a while when the upstream is in trouble.',
    flag,
  ),
  UPSTREAM_BREAKER_FAILURE_RATIO: setting(
    '0.5',
    'The breaker opens when more than this share of attempts failed,',
    decimal(0, 1),
  ),
  UPSTREAM_BREAKER_MIN_ATTEMPTS: setting('20', 'of at least so many attempts', integer(1, 100_000)),
  UPSTREAM_BREAKER_WINDOW_MS: setting('10000', 'within so long.', milliseconds),
  UPSTREAM_BREAKER_OPEN_MS: setting(
    '5000',
    'How long it stays open before one attempt may probe.',
    milliseconds,
  ),
  ALLOW_ANONYMOUS: setting(
    'false',
    "Whether the gateway's own key may be used without a Bearer token.",
    flag,
  ),
  ALLOW_INSECURE_UPSTREAM: setting(
    'false',
    'Whether UPSTREAM_URL and JWT_JWKS_URL may be http: outside this machine; credentials then travel in the clear.',
    flag,
  ),
  JWT_JWKS_URL: optional(
    'Where the keys are that sign tokens; when set, every token must be a JWT signed by one of them.',
    httpUrl,
  ),
  JWT_ISSUER: optional('The "iss" a token must have, where JWT_JWKS_URL is set.', visibleAscii(1024)),
  JWT_AUDIENCE: optional('The "aud" a token must have, where JWT_JWKS_URL is set.', visibleAscii(1024)),
  CORS_ORIGINS: optional(
    'Origins whose pages may call the gateway from a browser, separated by commas: https://app.example.',
    origins,
  ),
  BATCH_LIMIT: setting('0', 'Most operations in one HTTP request; 0 turns batches off.', integer(0, 100)),
  PERSISTED_DOCUMENTS: optional(
    'File with the only operations that may run (a JSON object from hash to text, as codegen writes it).',
    text => text,
  ),
  GRAPHIQL: setting('off', 'Whether browsers get GraphiQL at /graphql.', flag),
  INTROSPECTION: setting(
    'off',
    'Whether the schema can be read from the gateway. It always can where GRAPHIQL is on.',
    flag,
  ),
  LOG_LEVEL: setting(
    'info',
    'What is logged: debug, info, warn, error or silent.',
    oneOf('debug', 'info', 'warn', 'error', 'silent'),
  ),
} as const;

/** The settings of a process, checked; each under the name of its variable. */
export type Config = { readonly [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]['read']> };

/** All that is wrong with an environment, in one message. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`Not started. Please correct:\n${faults.map(fault => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/**
 * Reads the settings from an environment. A variable that is empty counts as not set.
 * @throws ConfigError that lists every fault.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const read = <T>(name: string, { default: fallback, read: parse }: Setting<T>): T | undefined => {
    const text = env[name] || fallback;
    try {
      return parse(text ?? '');
    } catch (reason) {
      faults.push(`${name} must be ${String(reason)}`);
      return undefined;
    }
  };
  const config = Object.fromEntries(
    Object.entries(SETTINGS).map(([name, one]) => [name, read<unknown>(name, one)]),
  );
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    faults.push('NODE_TLS_REJECT_UNAUTHORIZED must not be 0: whoever is on the way could read credentials');
  }
  // Each value was read by the setting of its name; one that could not be is a fault, and no contradiction holds for it.
  const checked = Object.freeze(config) as Config;
  for (const { fault, holds } of CONTRADICTIONS) if (holds(checked)) faults.push(fault);
  if (faults.length > 0) throw new ConfigError(faults);
  return checked;
}

interface Contradiction {
  readonly fault: string;
  readonly holds: (config: Config) => boolean;
}

/** Tells whether a URL is plain http to another machine. */
function isExposed(url: URL | null | undefined): boolean {
  return url?.protocol === 'http:' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
}

/** What cannot be told from one setting alone. */
const CONTRADICTIONS: readonly Contradiction[] = [
  {
    fault:
      'UPSTREAM_URL must be https, or ALLOW_INSECURE_UPSTREAM must be true: credentials would travel in the clear',
    holds: config => isExposed(config.UPSTREAM_URL) && !config.ALLOW_INSECURE_UPSTREAM,
  },
  {
    fault:
      'JWT_JWKS_URL must be https, or ALLOW_INSECURE_UPSTREAM must be true: keys could be replaced on the way',
    holds: config => isExposed(config.JWT_JWKS_URL) && !config.ALLOW_INSECURE_UPSTREAM,
  },
  {
    fault: 'JWT_JWKS_URL must be set where JWT_ISSUER or JWT_AUDIENCE is: without it no token is verified',
    holds: config => config.JWT_JWKS_URL === null && Boolean(config.JWT_ISSUER || config.JWT_AUDIENCE),
  },
  {
    fault: 'UPSTREAM_ATTEMPT_TIMEOUT_MS must be less than REQUEST_TIMEOUT_MS',
    holds: config => config.UPSTREAM_ATTEMPT_TIMEOUT_MS >= config.REQUEST_TIMEOUT_MS,
  },
  {
    fault: 'UPSTREAM_RETRY_MIN_DELAY_MS must not be more than UPSTREAM_RETRY_MAX_DELAY_MS',
    holds: config => config.UPSTREAM_RETRY_MIN_DELAY_MS > config.UPSTREAM_RETRY_MAX_DELAY_MS,
  },
];
