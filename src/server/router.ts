import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { runOnNextTick } from '../lib/next-tick.ts';
import { readTraceContext } from '../lib/trace-context.ts';
import type { Observer } from '../observability/observer.ts';
import type { Cors } from './cors.ts';
import { HttpError } from './http-error.ts';
import type { HttpHandler, HttpRequest, HttpResponse } from './http-message.ts';
import { CLIENT_CLOSED_REQUEST, EMPTY_SUMMARY } from './http-message.ts';
import type { RequestLimits } from './node-request.ts';
import { NodeRequest } from './node-request.ts';
import { createResponseContext, errorResponse, sendResponse } from './reply.ts';
import { requestIdFrom } from './request-id.ts';
import type { UnreadResponses } from './unread-responses.ts';

/** Where a handler is reached. */
export interface Route {
  readonly path: string;
  readonly method: string;
  /** Which requests it takes, for a route that is not offered to every client; such a method does not stand in `Allow`. */
  readonly accepts?: (request: HttpRequest) => boolean;
  readonly handler: HttpHandler;
}

/** What a router works with. */
export interface RouterOptions {
  /** In the order in which they are tried. */
  readonly routes: readonly Route[];
  /** What a client is told that asks for an unknown path. */
  readonly notFound: string;
  readonly limits: RequestLimits;
  readonly cors: Cors;
  readonly unread: UnreadResponses;
  readonly observer: Observer;
}

/** Creates the listener of the HTTP server: every request goes to the handler of its route, and its response is sent. */
export function createRouter(options: RouterOptions): RequestListener {
  const { cors, limits, unread, observer } = options;
  const route = createRouting(options);

  const serve = async (
    incoming: IncomingMessage,
    response: ServerResponse,
    startedAt: number,
  ): Promise<void> => {
    const requestId = requestIdFrom(incoming.headers['x-request-id']);
    const identity = { requestId, trace: readTraceContext(incoming.headers) };
    try {
      const context = createResponseContext(response, requestId, cors.headersFor(incoming.headers), unread);
      const request = new NodeRequest(incoming, response, identity, limits);
      let sent: HttpResponse;
      try {
        // A client may have disconnected before its request was processed.
        sent = incoming.destroyed ? CLIENT_CLOSED_REQUEST : await route(incoming, request);
      } catch (error) {
        sent = errorResponse(error, requestId, thrown =>
          observer.unexpectedError({ ...identity, error: thrown }),
        );
      }
      sendResponse(context, sent);
      const { codes, operations, callerId } = sent.summary ?? EMPTY_SUMMARY;
      observer.requestFinished({
        ...identity,
        status: sent.status,
        codes,
        durationMs: performance.now() - startedAt,
        operations,
        callerId,
        stats: request.stats,
      });
    } catch (error) {
      observer.responseFailed({ ...identity, error });
      response.destroy();
    }
  };
  return (request, response) => {
    const startedAt = performance.now();
    runOnNextTick(() => void serve(request, response, startedAt));
  };
}

function createRouting({ routes, notFound }: RouterOptions) {
  return ({ headers, rawHeaders, httpVersion, url = '' }: IncomingMessage, request: HttpRequest) => {
    if (headers.host === undefined && httpVersion === '1.1') {
      throw new HttpError(400, 'BAD_REQUEST', 'The Host header is missing.');
    }
    if (countHosts(rawHeaders) > 1)
      throw new HttpError(400, 'BAD_REQUEST', 'Send one Host header, not several.');
    const [path] = url.split('?', 1);
    let isKnown = false;
    for (const { path: ofRoute, method, accepts, handler } of routes) {
      if (ofRoute !== path) continue;
      isKnown = true;
      if (method === request.method && (accepts === undefined || accepts(request))) return handler(request);
    }
    if (!isKnown) throw new HttpError(404, 'BAD_REQUEST', notFound);
    const allowed = routes.filter(route => route.path === path && route.accepts === undefined);
    const methods = allowed.map(({ method }) => method);
    throw new HttpError(405, 'BAD_REQUEST', `Use ${methods.join(' or ')} here.`, {
      headers: { Allow: methods.join(', ') },
    });
  };
}

/** Two servers on the way of a request with several could choose different ones. Node keeps the first alone. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    // The length alone tells most names apart.
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}
