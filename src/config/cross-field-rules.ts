import { OTLP_PROTOCOL } from './settings/tracing.ts';
import type { Config } from './settings.ts';

/** The values of all settings as far as they could be read: what could not be is undefined, and an issue of its own. */
export type ReadValues = { readonly [K in keyof Config]: Config[K] | undefined };

/** A rule on several settings together. A value that could not be read breaks no rule. */
interface CrossFieldRule {
  readonly issue: string;
  readonly isBroken: (config: ReadValues) => boolean;
}

/** What a setting alone cannot show. */
export const crossFieldRules: readonly CrossFieldRule[] = [
  {
    issue:
      'UPSTREAM_URL must be https, or ALLOW_INSECURE_UPSTREAM must be true: credentials would travel in the clear',
    isBroken: config => isExposed(config.UPSTREAM_URL) && config.ALLOW_INSECURE_UPSTREAM === false,
  },
  {
    issue:
      'JWT_JWKS_URL must be https, or ALLOW_INSECURE_UPSTREAM must be true: keys could be replaced on the way',
    isBroken: config => isExposed(config.JWT_JWKS_URL) && config.ALLOW_INSECURE_UPSTREAM === false,
  },
  {
    issue: 'JWT_JWKS_URL must be set where JWT_ISSUER or JWT_AUDIENCE is: without it no token is verified',
    isBroken: config => config.JWT_JWKS_URL === null && Boolean(config.JWT_ISSUER || config.JWT_AUDIENCE),
  },
  {
    issue: 'UPSTREAM_ATTEMPT_TIMEOUT_MS must be less than REQUEST_TIMEOUT_MS',
    isBroken: config => isAtLeast(config.UPSTREAM_ATTEMPT_TIMEOUT_MS, config.REQUEST_TIMEOUT_MS) === true,
  },
  {
    issue: 'UPSTREAM_RETRY_MIN_DELAY_MS must not be more than UPSTREAM_RETRY_MAX_DELAY_MS',
    isBroken: config =>
      isAtLeast(config.UPSTREAM_RETRY_MAX_DELAY_MS, config.UPSTREAM_RETRY_MIN_DELAY_MS) === false,
  },
  {
    issue: 'ADMIN_PORT must not be PORT: the two are opened on the same address',
    isBroken: config =>
      Boolean(config.PORT) && config.ADMIN_PORT === config.PORT && overlap(config.ADMIN_HOST, config.HOST),
  },
  {
    issue:
      'CALLER_ID_SECRET must be set where REDIS_URL is: all replicas have to make the same ids of callers',
    isBroken: config => Boolean(config.REDIS_URL) && config.CALLER_ID_SECRET === null,
  },
  {
    issue:
      'UPSTREAM_MAX_QUEUED must be at least UPSTREAM_MAX_IN_FLIGHT where REDIS_URL and UPSTREAM_CALLS_PER_SECOND are set: calls are queued until Redis replies',
    isBroken: config =>
      Boolean(config.REDIS_URL) &&
      Boolean(config.UPSTREAM_CALLS_PER_SECOND) &&
      isAtLeast(config.UPSTREAM_MAX_QUEUED, config.UPSTREAM_MAX_IN_FLIGHT) === false,
  },
  {
    issue: `OTEL_EXPORTER_OTLP_PROTOCOL, or OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, must be ${OTLP_PROTOCOL}: no other is spoken here`,
    isBroken: config =>
      Boolean(config.OTEL_EXPORTER_OTLP_ENDPOINT || config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) &&
      (config.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? config.OTEL_EXPORTER_OTLP_PROTOCOL) !== OTLP_PROTOCOL,
  },
];

/** Addresses that stand for all. */
const ALL_ADDRESSES = ['0.0.0.0', '::'];

/** Whether a port can be opened only once on two addresses. */
function overlap(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one === other || ALL_ADDRESSES.includes(one) || ALL_ADDRESSES.includes(other);
}

/** Whether one number is at least another; null where one of them could not be read. */
function isAtLeast(one: number | undefined, other: number | undefined): boolean | null {
  return one === undefined || other === undefined ? null : one >= other;
}

/** Whether a URL is plain http to another machine. */
function isExposed(url: URL | null | undefined): boolean {
  return url?.protocol === 'http:' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
}
