import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FailureCode } from '../lib/errors.ts';
import { FAILURES } from '../lib/errors.ts';
import type { Log } from '../observability/log.ts';
import { COMMON_HEADERS } from './headers.ts';
import { requestIdFrom } from './request-id.ts';

/** Largest headers of a request, in bytes, as Node counts them: the path, names and values. */
export const HEADER_BYTES = 16 * 1024;

interface Complaint {
  readonly status: string;
  readonly code: FailureCode;
  readonly message: string;
  /** Seconds after which a new try can succeed. */
  readonly retryAfter?: number;
}

const TOO_MANY_CONNECTIONS: Complaint = {
  status: '503 Service Unavailable',
  code: 'OVERLOADED',
  message: 'There are as many connections as the gateway accepts. Try again after 1 s.',
  retryAfter: 1,
};

const MALFORMED: Complaint = {
  status: '400 Bad Request',
  code: 'BAD_REQUEST',
  message: 'This is not an HTTP request that can be read.',
};

/** What Node's HTTP server complains about before there is a request. */
const COMPLAINTS: Readonly<Record<string, Complaint>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    code: 'LIMIT_EXCEEDED',
    message: `The headers are larger than ${HEADER_BYTES / 1024} KiB. Send smaller ones.`,
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    code: 'BAD_REQUEST',
    message: 'The request did not arrive in time. Send it again.',
  },
};

/** Milliseconds a refused connection may stay, so that its client can read why. */
const LINGER = 1_000;

/** Answers, in the shape of every other answer, what Node would answer by itself or not at all. */
export function answerOnTheWire(server: Server, log: Log): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    refuse(socket, COMPLAINTS[error.code ?? ''] ?? MALFORMED, log);
  });
  server.on('connect', (_request, socket) => {
    // Node has let go of this socket: nobody else listens to its errors or reads what still comes.
    socket.on('error', () => socket.destroy());
    socket.resume();
    refuse(
      socket,
      {
        status: '405 Method Not Allowed',
        code: 'BAD_REQUEST',
        message: 'This is not a proxy.',
      },
      log,
    );
  });
  server.on('checkExpectation', (request, response) => {
    const requestId = requestIdFrom(request.headers['x-request-id']);
    const { code } = MALFORMED;
    const body = bodyOf({ code, message: 'Only Expect: 100-continue is understood.' }, requestId);
    response.writeHead(417, { ...headersOf(body, requestId), Connection: 'close' });
    response.end(body);
    tell(log, requestId, '417', code);
  });
}

/** Refuses a connection because there are too many: its client need not ask anything to be told so. */
export function refuseConnection(socket: Duplex, log: Log): void {
  refuse(socket, TOO_MANY_CONNECTIONS, log);
}

function refuse(socket: Duplex, complaint: Complaint, log: Log): void {
  // What still comes on a refused connection is thrown away.
  if (socket.writableEnded) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = requestIdFrom(undefined);
  const { status, code, retryAfter } = complaint;
  const body = bodyOf(complaint, requestId);
  const headers = {
    ...headersOf(body, requestId),
    ...(retryAfter === undefined ? {} : { 'Retry-After': retryAfter }),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  tell(log, requestId, status, code);
  // A client that never ends its side would stay for good, and hold up the end of the process.
  const timer = setTimeout(() => socket.destroy(), LINGER);
  socket.once('close', () => clearTimeout(timer));
}

/** One line for it as for every request. */
function tell(log: Log, requestId: string, status: string, code: FailureCode): void {
  log.info({ requestId, status: Number.parseInt(status, 10), codes: code }, 'request');
}

function headersOf(body: string, requestId: string): Readonly<Record<string, string | number>> {
  return {
    ...COMMON_HEADERS,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'X-Request-Id': requestId,
  };
}

function bodyOf({ code, message, retryAfter }: Omit<Complaint, 'status'>, requestId: string): string {
  const { retryable } = FAILURES[code];
  return JSON.stringify({ errors: [{ message, extensions: { code, retryable, retryAfter, requestId } }] });
}
