import { once } from 'node:events';
import type { Server } from 'node:net';
import { connect } from 'node:net';
import { expect } from 'vitest';
import { CREDENTIALS } from './world.ts';

/** An HTTP answer, whatever it holds. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Has a server listen on loopback. @returns its port, which the system chose. */
export async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

/** A small GraphQL request that costs no upstream call. */
export const HELLO = '{"query":"{ __typename }"}';

/** What `HELLO` is answered with. */
export const HELLO_ANSWER = '{"data":{"__typename":"Query"}}';

/** Sends anything by fetch. */
export async function send(url: string | URL, init: RequestInit = {}): Promise<HttpAnswer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Posts a body as a signed-in client would, with other headers where given. */
export function postBody(
  url: string | URL,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> {
  return send(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...CREDENTIALS, ...headers },
  });
}

/** What came back on a connection of its own. */
export interface RawAnswer extends HttpAnswer {
  /** Everything, byte for byte as latin1. */
  readonly wire: string;
}

/** How a raw connection behaves beside what it sends. */
export interface RawOptions {
  /** Ends its side once all is sent. */
  readonly end?: boolean;
}

/**
 * Sends bytes on a connection of their own and reads until the server closes it.
 * The status is 0 when it closed without an answer.
 */
export function sendRaw(
  url: string | URL,
  bytes: string | Uint8Array,
  { end = false }: RawOptions = {},
): Promise<RawAnswer> {
  const connection = openRaw(url);
  if (end) connection.end(bytes);
  else connection.write(bytes);
  return connection.received.then(parseAnswer);
}

/** A raw connection, until the server closes it. */
export interface RawConnection {
  write(bytes: string | Uint8Array): void;
  /** Ends this side, after some last bytes if there are any. */
  end(bytes?: string | Uint8Array): void;
  /** Settles with the first bytes that come. */
  readonly begun: Promise<void>;
  /** Everything that came, byte for byte as latin1, once the connection is closed. */
  readonly received: Promise<string>;
}

/** Opens a raw connection. */
export function openRaw(url: string | URL): RawConnection {
  const { port, hostname } = new URL(url);
  const chunks: Buffer[] = [];
  const begun = Promise.withResolvers<void>();
  const received = Promise.withResolvers<string>();
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  socket.on('data', chunk => {
    chunks.push(chunk);
    begun.resolve();
  });
  socket.on('error', () => {});
  socket.on('end', () => socket.end());
  socket.on('close', () => received.resolve(Buffer.concat(chunks).toString('latin1')));
  const dataOf = (bytes: string | Uint8Array) =>
    typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
  return {
    write: bytes => void socket.write(dataOf(bytes)),
    end: (bytes = '') => void socket.end(dataOf(bytes)),
    begun: begun.promise,
    received: received.promise,
  };
}

/** What a client whose answer takes a while is sent before it, once it has ended its side. */
const PROCESSING = /^(?:HTTP\/1\.1 102 Processing\r\n\r\n)+/;

/** Reads an answer from what came on a connection; of several, the first. */
export function parseAnswer(wire: string): RawAnswer {
  const [head = '', ...rest] = wire.replace(PROCESSING, '').split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? 0),
    headers,
    text: rest.join('\r\n\r\n'),
    wire,
  };
}

/** The head of a raw POST to /graphql that closes its connection, with header lines of one's own. */
export function rawHead(...lines: readonly string[]): string {
  return ['POST /graphql HTTP/1.1', 'Host: gateway', 'Connection: close', ...lines, '', ''].join('\r\n');
}

/** A raw POST of `HELLO`, with header lines of one's own. */
export function rawHello(...lines: readonly string[]): string {
  return `${rawHead('Content-Type: application/json', `Content-Length: ${HELLO.length}`, ...lines)}${HELLO}`;
}

/** Checks that an answer is one GraphQL error of the given status and code, under one request id, and returns its message. */
export function expectRefusal({ status, headers, text }: HttpAnswer, expected: number, code: string): string {
  expect([status, text]).toEqual([expected, expect.stringContaining(`"code":"${code}"`)]);
  expect(headers.get('content-type')).toMatch(/^application\/(?:graphql-response\+)?json; charset=utf-8$/);
  const { errors, ...others } = JSON.parse(text);
  expect(others).toEqual({});
  expect(errors).toHaveLength(1);
  const [{ message, extensions }] = errors;
  expect(message).toMatch(/\w.*\.$/);
  expect(extensions.requestId).toBe(headers.get('x-request-id'));
  return message;
}
