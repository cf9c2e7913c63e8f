import type { IncomingMessage } from 'node:http';
import type { Reply } from './reply.ts';

/** Seconds a browser may remember a preflight; the longest that browsers agree on. */
const MAX_AGE = 7_200;

const REQUEST_HEADERS = 'Authorization, Content-Type, Ocp-Apim-Subscription-Key, X-Request-Id';

const NONE = {};

/** Lets pages of the listed origins call the gateway from a browser; never with cookies. */
export class Cors {
  readonly #origins: ReadonlySet<string>;

  /** @param origins such as `https://app.example`; none by default, so that no page of another origin may call. */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** The headers that let the page that asked read an answer; none if its origin is not listed. */
  headersFor({ headers: { origin } }: IncomingMessage): Readonly<Record<string, string>> {
    if (origin === undefined || !this.#origins.has(origin)) return NONE;
    return { 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': 'X-Request-Id' };
  }

  /** Tells whether a request is a preflight of a listed origin. */
  isPreflight({ method, headers }: IncomingMessage): boolean {
    return (
      method === 'OPTIONS' &&
      headers['access-control-request-method'] !== undefined &&
      headers.origin !== undefined &&
      this.#origins.has(headers.origin)
    );
  }

  /** Answers a preflight. */
  answerPreflight({ response, headers, unread }: Reply): void {
    response.writeHead(204, {
      ...headers,
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Allow-Headers': REQUEST_HEADERS,
      'Access-Control-Max-Age': MAX_AGE,
    });
    unread.send(response, '', 0);
  }
}
