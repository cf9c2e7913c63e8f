import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FailureCode } from '../model/failure.ts';
import { COMMON_HEADERS } from './headers.ts';
import { requestIdFrom } from './request-id.ts';

interface Complaint {
  readonly status: string;
  readonly code: FailureCode;
  readonly message: string;
}

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
    message: 'The headers are larger than 16 KiB. Send smaller ones.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    code: 'BAD_REQUEST',
    message: 'The request did not arrive in time. Send it again.',
  },
};

/** Answers, in the shape of every other answer, what Node would answer by itself or not at all. */
export function answerOnTheWire(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    refuse(socket, COMPLAINTS[error.code ?? ''] ?? MALFORMED);
  });
  server.on('connect', (_request, socket) => {
    refuse(socket, {
      status: '405 Method Not Allowed',
      code: 'BAD_REQUEST',
      message: 'This is not a proxy.',
    });
  });
  server.on('checkExpectation', (_request, response) => {
    const { message, code } = { ...MALFORMED, message: 'Only Expect: 100-continue is understood.' };
    response.writeHead(417, { ...COMMON_HEADERS, 'Content-Type': 'application/json; charset=utf-8' });
    response.end(bodyOf(message, code));
  });
}

function refuse(socket: Duplex, { status, code, message }: Complaint): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = bodyOf(message, code);
  const headers = {
    ...COMMON_HEADERS,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

function bodyOf(message: string, code: FailureCode): string {
  return JSON.stringify({
    errors: [{ message, extensions: { code, retryable: false, requestId: requestIdFrom(undefined) } }],
  });
}
