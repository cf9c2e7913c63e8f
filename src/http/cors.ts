import type { IncomingMessage, ServerResponse } from 'node:http';
import { COMMON_HEADERS } from './headers.ts';

/** Seconds a browser may remember a preflight; the longest that browsers agree on. */
const MAX_AGE = 7_200;

const REQUEST_HEADERS = 'Authorization, Content-Type, Ocp-Apim-Subscription-Key, X-Request-Id';

/** Lets pages of the listed origins call the gateway from a browser; never with cookies. */
export class Cors {
  readonly #origins: ReadonlySet<string>;

  /** @param origins such as `https://app.example`; none by default, so that no page of another origin may call. */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** Marks an answer as readable by the page that asked, if its origin is listed. */
  allow(request: IncomingMessage, response: ServerResponse): void {
    const { origin } = request.headers;
    if (origin === undefined || !this.#origins.has(origin)) return;
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Expose-Headers', 'X-Request-Id');
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
  answerPreflight(response: ServerResponse): void {
    response.writeHead(204, {
      ...COMMON_HEADERS,
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Allow-Headers': REQUEST_HEADERS,
      'Access-Control-Max-Age': MAX_AGE,
    });
    response.end();
  }
}
