import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorBody } from '../lib/error-body.ts';
import type { RequestIdentity } from '../lib/request-context.ts';
import { createTraceContext, readTraceContext } from '../lib/trace-context.ts';
import type { Observer } from '../observability/observer.ts';
import type { ClientConnections } from './client-connections.ts';
import { discardRest } from './client-connections.ts';
import { COMMON_HEADERS } from './headers.ts';
import { HttpError } from './http-error.ts';
import { STATUS_CODES } from './node-http.ts';
import { JSON_HEADERS } from './reply.ts';
import { requestIdFrom } from './request-id.ts';

/** Largest headers of a request, in bytes, as Node counts them: the path, names and values. */
export const HEADER_BYTES = 16 * 1024;

const TOO_MANY_CONNECTIONS = new HttpError(
  503,
  'OVERLOADED',
  'There are as many connections as the gateway accepts. Try again after 1 s.',
  { retryAfter: 1 },
);

const NOT_A_PROXY = new HttpError(405, 'BAD_REQUEST', 'This is not a proxy.');

const UNKNOWN_EXPECTATION = new HttpError(417, 'BAD_REQUEST', 'Only Expect: 100-continue is understood.');

const MALFORMED = new HttpError(400, 'BAD_REQUEST', 'This is not an HTTP request that can be read.');

const LATE = new HttpError(408, 'BAD_REQUEST', 'The request did not arrive in time. Send it again.');

/** What is wrong with requests whose bodies were not being read when the parser failed. */
const brokenRequests = new WeakMap<IncomingMessage, HttpError>();

/** @throws HttpError 4xx when the parser has failed in the body of a request. */
export function checkParsed(request: IncomingMessage): void {
  const failure = brokenRequests.get(request);
  if (failure !== undefined) throw failure;
}

/** Milliseconds a refused connection may stay open, so that its client can read the response. */
const LINGER = 1_000;

/** A response to what is no request, ready to be sent. */
interface ClientErrorResponse {
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string;
}

/**
 * Responds, in the format of every other response, to what Node would answer by itself or not at all.
 * @param headerBytes the server's limit of headers, for the message.
 */
export function handleClientErrors(
  server: Server,
  headerBytes: number,
  observer: Observer,
  connections: ClientConnections,
): void {
  const tooLarge = `The headers are larger than ${headerBytes / 1024} KiB. Send smaller ones.`;
  /** By the code of the error that Node's HTTP server emits before there is a request; any other is `MALFORMED`. */
  const clientErrors: Readonly<Record<string, HttpError>> = {
    HPE_HEADER_OVERFLOW: new HttpError(431, 'LIMIT_EXCEEDED', tooLarge),
    ERR_HTTP_REQUEST_TIMEOUT: LATE,
  };
  /** Refuses what came after a request. While that has no response, its client would take ours for it. */
  const refuseAfterLast = (socket: Duplex, refusal: HttpError): void => {
    if (!socket.writable || connections.last(socket) === undefined) {
      refuse(socket, refusal, observer);
      return;
    }
    notify(observer, newIdentity(), refusal);
    connections.endAfterLast(socket);
  };
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Node emits it again for whatever else arrives.
    if (!connections.fail(socket)) return;
    const known = clientErrors[error.code ?? ''];
    const last = connections.last(socket);
    if (!socket.writable || last === undefined || last.req.complete) {
      refuseAfterLast(socket, known ?? MALFORMED);
      return;
    }
    // It is about the body of the last request, which is being read, will be handled at the next tick, or is not needed.
    connections.endAfterLast(socket);
    if (last.req.listenerCount('error') > 0) last.req.emit('error', known ?? error);
    else brokenRequests.set(last.req, known ?? MALFORMED);
  });
  server.on('connect', (_request, socket) => {
    // Node no longer handles this socket: nobody else listens to its errors or reads what still arrives.
    socket.on('error', () => socket.destroy());
    socket.resume();
    refuseAfterLast(socket, NOT_A_PROXY);
  });
  server.on('checkExpectation', (request, response) => {
    const { socket } = request;
    if (socket.writableEnded || connections.drop(request)) return;
    connections.addResponse(socket, response);
    // Its body may follow or not.
    connections.endAfterLast(socket);
    const requestId = requestIdFrom(request.headers['x-request-id']);
    const { headers, body } = clientErrorResponse(UNKNOWN_EXPECTATION, requestId);
    response.writeHead(UNKNOWN_EXPECTATION.status, headers);
    response.end(body);
    notify(observer, { requestId, trace: readTraceContext(request.headers) }, UNKNOWN_EXPECTATION);
  });
}

/** Refuses a connection because there are too many: the response does not wait for a request. */
export function refuseConnection(socket: Duplex, observer: Observer): void {
  refuse(socket, TOO_MANY_CONNECTIONS, observer);
}

function refuse(socket: Duplex, error: HttpError, observer: Observer): void {
  // What still arrives on a refused connection is discarded.
  if (socket.writableEnded) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const identity = newIdentity();
  const { headers, body } = clientErrorResponse(error, identity.requestId);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`,
  );
  notify(observer, identity, error);
  discardRest(socket);
  // A client that never ends its side would keep the connection open for good, and delay the end of the process.
  const timer = setTimeout(() => socket.destroy(), LINGER);
  socket.once('close', () => clearTimeout(timer));
}

/** The identity of what is no request. */
function newIdentity(): RequestIdentity {
  return { requestId: requestIdFrom(undefined), trace: createTraceContext() };
}

function notify(observer: Observer, identity: RequestIdentity, { status, code }: HttpError): void {
  observer.requestRefused({ ...identity, status, code });
}

function clientErrorResponse(error: HttpError, requestId: string): ClientErrorResponse {
  const body = errorBody(error, requestId);
  return {
    headers: {
      ...COMMON_HEADERS,
      ...JSON_HEADERS,
      'Content-Length': Buffer.byteLength(body),
      'X-Request-Id': requestId,
      ...error.headers,
      Connection: 'close',
    },
    body,
  };
}
