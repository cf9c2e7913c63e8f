import type { Config } from './settings.ts';

/** A rule on several settings together. */
interface CrossFieldRule {
  readonly issue: string;
  readonly isBroken: (config: Config) => boolean;
}

/** What a setting alone cannot show. A value that could not be parsed is undefined here and breaks no rule. */
export const crossFieldRules: readonly CrossFieldRule[] = [
  {
    issue:
      'UPSTREAM_URL must be https, or ALLOW_INSECURE_UPSTREAM must be true: credentials would travel in the clear',
    isBroken: config => isExposed(config.UPSTREAM_URL) && !config.ALLOW_INSECURE_UPSTREAM,
  },
  {
    issue:
      'JWT_JWKS_URL must be https, or ALLOW_INSECURE_UPSTREAM must be true: keys could be replaced on the way',
    isBroken: config => isExposed(config.JWT_JWKS_URL) && !config.ALLOW_INSECURE_UPSTREAM,
  },
  {
    issue: 'JWT_JWKS_URL must be set where JWT_ISSUER or JWT_AUDIENCE is: without it no token is verified',
    isBroken: config => config.JWT_JWKS_URL === null && Boolean(config.JWT_ISSUER || config.JWT_AUDIENCE),
  },
  {
    issue: 'UPSTREAM_ATTEMPT_TIMEOUT_MS must be less than REQUEST_TIMEOUT_MS',
    isBroken: config => config.UPSTREAM_ATTEMPT_TIMEOUT_MS >= config.REQUEST_TIMEOUT_MS,
  },
  {
    issue: 'UPSTREAM_RETRY_MIN_DELAY_MS must not be more than UPSTREAM_RETRY_MAX_DELAY_MS',
    isBroken: config => config.UPSTREAM_RETRY_MIN_DELAY_MS > config.UPSTREAM_RETRY_MAX_DELAY_MS,
  },
];

/** Whether a URL is plain http to another machine. */
function isExposed(url: URL | null | undefined): boolean {
  return url?.protocol === 'http:' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
}
