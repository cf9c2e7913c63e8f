import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { runOnNextTick } from '../lib/next-tick.ts';
import type { TraceContext } from '../lib/trace-context.ts';
import { readTraceContext } from '../lib/trace-context.ts';
import type { Observer } from '../observability/observer.ts';
import { checkParsed } from './client-errors.ts';
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
  /** The message for a request of an unknown path. */
  readonly notFound: string;
  readonly limits: RequestLimits;
  readonly cors: Cors;
  readonly unread: UnreadResponses;
  readonly observer: Observer;
  /** Begins the trace of a request, or continues that of its caller; by default one that nobody records. */
  readonly startTrace?: (headers: Readonly<IncomingHttpHeaders>) => TraceContext;
}

/** Creates the listener of the HTTP server: every request goes to the handler of its route, and its response is sent. */
export function createRouter(options: RouterOptions): RequestListener {
  const { routes, notFound, cors, limits, unread, observer, startTrace = readTraceContext } = options;
  const routesByPath = Map.groupBy(routes, route => route.path);

  const respond = (
    incoming: IncomingMessage,
    request: NodeRequest,
    candidates: readonly Route[] | undefined,
  ): HttpResponse | Promise<HttpResponse> => {
    // The client disconnected before the request was processed.
    if (incoming.destroyed) return CLIENT_CLOSED_REQUEST;
    checkParsed(incoming);
    checkHost(incoming);
    if (candidates === undefined) throw new HttpError(404, 'BAD_REQUEST', notFound);
    return selectRoute(candidates, request).handler(request);
  };
  const serve = async (
    incoming: IncomingMessage,
    response: ServerResponse,
    startedAt: number,
  ): Promise<void> => {
    const requestId = requestIdFrom(incoming.headers['x-request-id']);
    const identity = { requestId, trace: startTrace(incoming.headers) };
    try {
      const context = createResponseContext(response, requestId, cors.headersFor(incoming.headers), unread);
      const request = new NodeRequest(incoming, response, identity, limits);
      const path = pathOf(incoming.url ?? '');
      const candidates = routesByPath.get(path);
      let sent: HttpResponse;
      try {
        sent = await respond(incoming, request, candidates);
      } catch (error) {
        const failed = errorResponse(error, requestId, thrown =>
          observer.unexpectedError({ ...identity, error: thrown }),
        );
        // A body that does not arrive because its client has disconnected is no error of the request.
        sent = request.isClosed ? CLIENT_CLOSED_REQUEST : failed;
      }
      sendResponse(context, sent);
      const { status, summary = EMPTY_SUMMARY } = sent;
      const { method, stats } = request;
      const route = candidates === undefined ? null : path;
      const durationMs = performance.now() - startedAt;
      observer.requestFinished({ ...identity, method, route, status, durationMs, ...summary, stats });
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

/** The scheme and the host of a request target that is a whole URL (RFC 9112, 3.2.2). */
const ORIGIN = /^https?:\/\/([^/?]+)/i;

/** The path of a request target. */
function pathOf(target: string): string {
  const [withoutQuery = ''] = target.split('?', 1);
  return withoutQuery.startsWith('/') ? withoutQuery : withoutQuery.replace(ORIGIN, '') || '/';
}

/** The host of a request target that is a whole URL; null in any other. */
function hostIn(target: string): string | null {
  return ORIGIN.exec(target)?.[1]?.toLowerCase() ?? null;
}

/** @throws HttpError when a request does not name one host. */
function checkHost({ url = '', headers, rawHeaders, httpVersion }: IncomingMessage): void {
  if (headers.host === undefined && httpVersion === '1.1') {
    throw new HttpError(400, 'BAD_REQUEST', 'The Host header is missing.');
  }
  if (countHosts(rawHeaders) > 1)
    throw new HttpError(400, 'BAD_REQUEST', 'Send one Host header, not several.');
  const host = hostIn(url);
  if (host !== null && headers.host !== undefined && host !== headers.host.toLowerCase())
    throw new HttpError(400, 'BAD_REQUEST', 'The URL and the Host header name different hosts.');
}

/** @param candidates the routes of the request's path. @throws HttpError 405 when none of them takes its method. */
function selectRoute(candidates: readonly Route[], request: HttpRequest): Route {
  for (const route of candidates) {
    const { method, accepts } = route;
    if (method === request.method && (accepts === undefined || accepts(request))) return route;
  }
  const allowed = candidates.filter(({ accepts }) => accepts === undefined);
  const methods = allowed.map(({ method }) => method);
  throw new HttpError(405, 'BAD_REQUEST', `Use ${methods.join(' or ')} here.`, {
    headers: { Allow: methods.join(', ') },
  });
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
