import type { Allowance } from '../luminus/meeting-loader.ts';

/** The name of the only policy. */
const POLICY = '"default"';

/**
 * The headers that tell a caller of its limit, by the IETF draft "RateLimit header fields for HTTP": `q` meetings in `w`
 * seconds, of which `r` are left now, and all are again after `t` seconds.
 */
export function rateLimitHeaders({
  quota,
  window,
  remaining,
  resetAfter,
  retryAfter,
}: Allowance): Record<string, string> {
  return {
    'RateLimit-Policy': `${POLICY};q=${quota};w=${window}`,
    RateLimit: `${POLICY};r=${remaining};t=${resetAfter}`,
    ...(retryAfter === 0 ? {} : { 'Retry-After': String(retryAfter) }),
  };
}
