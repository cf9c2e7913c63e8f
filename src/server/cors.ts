import type { IncomingHttpHeaders } from 'node:http';
import type { HttpResponse } from './http-message.ts';
import { PREFLIGHTED_HEADERS } from './preflight.ts';

/** Seconds a browser may cache a preflight; the longest that browsers agree on. */
const MAX_AGE = '7200';

const REQUEST_HEADERS = [
  'Content-Type',
  'X-Request-Id',
  'traceparent',
  'tracestate',
  ...PREFLIGHTED_HEADERS,
].join(', ');

/** What a page may read, beside the headers that it always may. */
const RESPONSE_HEADERS = 'X-Request-Id, RateLimit, RateLimit-Policy, Retry-After';

const PREFLIGHT: HttpResponse = {
  status: 204,
  headers: {
    'Access-Control-Allow-Methods': 'GET, POST',
    'Access-Control-Allow-Headers': REQUEST_HEADERS,
    'Access-Control-Max-Age': MAX_AGE,
  },
  body: '',
};

const NONE = {};

/** Lets pages of the listed origins call the gateway from a browser; never with cookies. */
export class Cors {
  readonly #origins: ReadonlySet<string>;

  /** @param origins such as `https://app.example`; with an empty list no page of another origin may call. */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** The headers that let the page that sent a request read the response; none if its origin is not listed. */
  headersFor({ origin }: Readonly<IncomingHttpHeaders>): Readonly<Record<string, string>> {
    if (origin === undefined || !this.isListed(origin)) return NONE;
    return { 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': RESPONSE_HEADERS };
  }

  /** Tells whether the page of an origin may call; without an origin, no page is known to. */
  isListed(origin: string | undefined): boolean {
    return origin !== undefined && this.#origins.has(origin);
  }

  /** Tells whether an OPTIONS request is a preflight of a listed origin. */
  isPreflight(headers: Readonly<IncomingHttpHeaders>): boolean {
    return headers['access-control-request-method'] !== undefined && this.isListed(headers.origin);
  }

  /** The response to a preflight, beside the headers of `headersFor`. */
  preflightResponse(): HttpResponse {
    return PREFLIGHT;
  }
}
