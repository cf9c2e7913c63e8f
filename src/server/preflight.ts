import type { IncomingHttpHeaders } from 'node:http';

/** Headers that a browser sends for a page of another origin only after a preflight that allows them. */
export const PREFLIGHTED_HEADERS = [
  'Authorization',
  'Ocp-Apim-Subscription-Key',
  'Apollo-Require-Preflight',
  'X-GraphQL-Yoga-CSRF',
] as const;

/** Without Authorization: which schemes of it a browser adds by itself is a matter of the scheme. */
const OTHERS = PREFLIGHTED_HEADERS.slice(1).map(name => name.toLowerCase());

/**
 * Tells whether a browser would have sent a request only after a preflight, if a page of another origin had caused it.
 * A browser that has signed in to a proxy by Basic, Digest or Negotiate adds that header to requests of any page: of
 * Authorization, only the Bearer scheme counts.
 */
export function isPreflighted(headers: Readonly<IncomingHttpHeaders>): boolean {
  return /^bearer\b/i.test(headers.authorization ?? '') || OTHERS.some(name => headers[name] !== undefined);
}

/**
 * Tells whether a request was sent to this machine itself, by a program or by a page of the gateway's own origin. Browsers
 * tell the origin of a page by Sec-Fetch-Site, though only to secure and to local addresses: hence the Host.
 */
export function isLocal(headers: Readonly<IncomingHttpHeaders>): boolean {
  const site = headers['sec-fetch-site'];
  return (
    /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(headers.host ?? '') &&
    (site === undefined || site === 'same-origin')
  );
}
