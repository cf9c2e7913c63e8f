import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { meeting } from '../../sandbox/reply.ts';
import { createObserver } from '../../src/observability/create-observer.ts';
import { Lifecycle } from '../../src/server/lifecycle.ts';
import { createHttpServer, SERVER_LIMITS } from '../../src/server/node-server.ts';
import {
  expectRefusal,
  HELLO,
  listen,
  openRaw,
  parseAnswer,
  postBody,
  rawHead,
  sendRaw,
} from '../support/http.ts';
import { createMemoryLog } from '../support/log.ts';
import { meetingNumber } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

/** More than the system takes at once. */
const BODY = 'a'.repeat(1_000_000);

/** A server of one connection whose responses wait until they are released, and that connection. */
async function openHeld() {
  const executed: string[] = [];
  const released = Promise.withResolvers<void>();
  const refused = Promise.withResolvers<void>();
  const { server, close } = createHttpServer({
    listener: ({ url = '' }, response) => {
      executed.push(url);
      void released.promise.then(() => response.writeHead(200, { 'Content-Length': BODY.length }).end(BODY));
    },
    observer: createObserver([{ requestRefused: () => refused.resolve() }], createMemoryLog().log),
    lifecycle: new Lifecycle(),
    maxConnections: 1,
    limits: { ...SERVER_LIMITS, checkingInterval: 10 },
  });
  let requests = 0;
  let connection: Socket | undefined;
  server.once('connection', accepted => {
    connection = accepted;
  });
  const count = (): void => {
    requests += 1;
  };
  server.on('request', count);
  server.on('checkExpectation', count);
  const url = `http://127.0.0.1:${await listen(server)}`;
  return {
    url,
    server,
    socket: openRaw(url),
    executed,
    refused: refused.promise,
    release: released.resolve,
    requests: () => requests,
    /** Settles once so many requests have arrived, executed or not. */
    requested: (times: number) => expect.poll(() => requests, POLL).toBe(times),
    /** Settles once so many bytes have been read. */
    read: (bytes: number) => expect.poll(() => connection?.bytesRead, POLL).toBeGreaterThan(bytes),
    [Symbol.asyncDispose]: () => close(),
  };
}

const POLL = { interval: 1, timeout: 5_000 };

describe('what cannot be read', () => {
  it.each([
    ['words', 'garbage\r\n\r\n', [400, 200]],
    ['CONNECT', 'CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n', [405, 200]],
    [
      'a broken body',
      `${rawHead('Content-Type: application/json', 'Transfer-Encoding: chunked')}ZZ\r\n`,
      [400, 200],
    ],
    [
      'a broken body that nobody reads',
      `GET /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n`,
      [400, 200],
    ],
  ])('that follows a request is not answered in its place: %s', async (_what, next, statuses) => {
    await using slow = await openWorld();
    const answer = Promise.withResolvers<void>();
    slow.sandbox.answerAll(async exchange => {
      await answer.promise;
      await meeting(exchange);
    });
    const body = JSON.stringify({ query: `{ syncMeeting(id: "${meetingNumber(1)}") { id } }` });
    const head = rawHead(
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Authorization: Bearer token',
      'Ocp-Apim-Subscription-Key: sandbox-key',
    ).replace('Connection: close\r\n', '');
    const asked = sendRaw(slow.gateway.url, head + body + next);
    await slow.sandbox.hit(1);
    await slow.logged('request', 1);
    answer.resolve();
    const { status, wire } = await asked;
    expect(status).toBe(200);
    expect(wire.slice(0, wire.indexOf('HTTP/1.1', 1))).toContain('"syncMeeting":{');
    expect(wire.match(/^connection: close\r$/gim)).toHaveLength(1);
    await slow.logged('request', 2);
    expect(
      slow.lines.filter(({ message }) => message === 'request').map(({ fields }) => fields['status']),
    ).toEqual(statuses);
  });

  it.each([
    ['a chunk size that is none', '1\r\n{\r\n', 'ZZ\r\n', 400],
    ['the end of a side', '1\r\n{\r\n', null, 400],
    ['trailers that are too large', '1\r\n{\r\n', `0\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ])(
    'in a body, after its request has begun: %s is answered once, with the id of the request',
    async (_what, begun, rest, status) => {
      await using open = await openWorld();
      const socket = openRaw(open.gateway.url);
      socket.write(
        `${rawHead('Content-Type: application/json', 'Transfer-Encoding: chunked', 'X-Request-Id: mine').replace('Connection: close\r\n', '')}${begun}`,
      );
      // The gateway reads the body by then: a request that came later has been answered.
      await postBody(open.gateway.url, HELLO);
      if (rest === null) socket.end();
      else socket.write(rest);
      const answer = parseAnswer(await socket.received);
      expectRefusal(answer, status, status === 431 ? 'LIMIT_EXCEEDED' : 'BAD_REQUEST');
      expect([answer.headers.get('x-request-id'), answer.headers.get('connection')]).toEqual([
        'mine',
        'close',
      ]);
      await open.logged('request', 2);
      expect(
        open.lines.filter(({ message }) => message === 'request').map(({ fields }) => fields['status']),
      ).toEqual([200, status]);
    },
  );

  it.each([
    ['in that body is not answered as well', 'Transfer-Encoding: chunked', 'ZZ\r\n', [404]],
    ['behind that body is answered', 'Content-Length: 5', 'hellogarbage\r\n\r\n', [404, 400]],
  ])(
    'after a response that came before the body of its request: %s',
    async (_what, length, rest, statuses) => {
      await using world = await openWorld();
      const socket = openRaw(world.gateway.url);
      socket.write(`POST /nowhere HTTP/1.1\r\nHost: gateway\r\n${length}\r\n\r\n`);
      await socket.begun;
      socket.write(rest);
      const lines = statuses.map(status => `HTTP/1.1 ${status}`);
      expect((await socket.received).match(/HTTP\/1\.1 \d+/g)).toEqual(lines);
    },
  );

  it.each(['zz\r\n', '0\r\n\r\n\0\0', '0\r\n\r\nCONNECT elsewhere:1 HTTP/1.1\r\nHost: a\r\n\r\n'])(
    'behind an Expect that is refused is not answered as well: %j',
    async rest => {
      await using world = await openWorld();
      const head = 'POST /graphql HTTP/1.1\r\nHost: a\r\nExpect: x\r\nTransfer-Encoding: chunked\r\n\r\n';
      const { wire } = await sendRaw(world.gateway.url, head + rest);
      expect(wire.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 417']);
    },
  );

  it('or has been refused as late is not executed, and takes nothing from the response before it', async () => {
    await using held = await openHeld();
    const { socket, server, executed, refused, requested } = held;
    socket.write('GET /first HTTP/1.1\r\nHost: a\r\n\r\n');
    await requested(1);
    server.headersTimeout = 50;
    socket.write('GET /late HTTP/1.1\r\n');
    await refused;
    socket.write('Host: a\r\n\r\n');
    await requested(2);
    socket.write('GET /later HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(10_000));
    await held.read(300_000);
    held.release();
    const { text, wire } = parseAnswer(await socket.received);
    expect(wire.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    expect(text).toHaveLength(BODY.length);
    expect([executed, held.requests() < 5_000]).toEqual([['/first'], true]);
  });

  it('takes no memory on a connection that was refused', async () => {
    await using held = await openHeld();
    const { server, requested } = held;
    held.socket.write('GET /first HTTP/1.1\r\nHost: a\r\n\r\n');
    await requested(1);
    const second = openRaw(held.url);
    await second.begun;
    second.write('GET /flood HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(10_000));
    second.end();
    expect((await second.received).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 503']);
    expect(held.requests()).toBeLessThan(5_000);
    held.release();
    server.closeIdleConnections();
  });

  it.each([
    ['an Upgrade', 'Connection: Upgrade\r\nUpgrade: foo', ['/first'], 1],
    ['an Upgrade that the Connection does not name', 'Upgrade: foo', ['/first'], 1],
    ['an Upgrade by Proxy-Connection', 'Proxy-Connection: Upgrade\r\nUpgrade: foo', ['/first'], 1],
    ['an Expect that is refused', 'Expect: x', [], 1],
  ])(
    'behind %s: what comes later is executed only if it is answered',
    async (_what, header, paths, responses) => {
      await using held = await openHeld();
      const { socket, executed, requested } = held;
      socket.write(`GET /first HTTP/1.1\r\nHost: a\r\n${header}\r\n\r\n`);
      await requested(1);
      socket.write('GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      if (paths.length > 0) await requested(2);
      held.release();
      expect((await socket.received).match(/HTTP\/1\.1 \d+/g)).toHaveLength(responses);
      expect(executed).toEqual(paths);
    },
  );
});

it('a request with an Upgrade ends its connection, as Node drops what has arrived behind it', async () => {
  await using world = await openWorld();
  const head = 'GET /health HTTP/1.1\r\nHost: a\r\n';
  const { wire } = await sendRaw(
    world.gateway.url,
    `${head}Connection: Upgrade\r\nUpgrade: foo\r\n\r\n${head}\r\n`,
  );
  expect(wire.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
  expect(parseAnswer(wire).headers.get('connection')).toBe('close');
});
