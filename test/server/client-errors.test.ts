import { connect } from 'node:net';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { SignalSource } from '../../src/lib/signal.ts';
import { BodyBudget } from '../../src/server/body-budget.ts';
import { Lifecycle } from '../../src/server/lifecycle.ts';
import { createHttpServer, SERVER_LIMITS } from '../../src/server/node-server.ts';
import { readBody } from '../../src/server/read-body.ts';
import { errorResponse } from '../../src/server/reply.ts';
import {
  expectRefusal,
  HELLO,
  HELLO_ANSWER,
  listen,
  postBody,
  rawHead,
  rawHello,
  send,
  sendRaw,
} from '../support/http.ts';
import { createMemoryLog } from '../support/log.ts';
import type { World } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  return () => world[Symbol.asyncDispose]();
});

const isAlive = async (): Promise<void> => {
  expect(await postBody(world.gateway.url, HELLO)).toMatchObject({ status: 200, text: HELLO_ANSWER });
};

describe('headers', () => {
  /** A request whose path, header names and header values come to so many bytes. */
  function ofSize(bytes: number): string {
    const fixed = '/health'.length + 'Hostgateway'.length + 'Connectionclose'.length + 'A'.length;
    return `GET /health HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\nA: ${'a'.repeat(bytes - fixed)}\r\n\r\n`;
  }

  it.each([
    [SERVER_LIMITS.headerBytes - 2, 200],
    [SERVER_LIMITS.headerBytes - 1, 200],
    [SERVER_LIMITS.headerBytes, 431],
    [SERVER_LIMITS.headerBytes + 1, 431],
  ])('of %i bytes are answered %i', async (bytes, status) => {
    expect(await sendRaw(world.gateway.url, ofSize(bytes))).toMatchObject({ status });
  });

  it.each([
    ['one long value', `A: ${'a'.repeat(20_000)}`],
    ['one long name', `${'a'.repeat(20_000)}: a`],
    ['many small ones', 'a: b\r\n'.repeat(5_000).trim()],
  ])('that are too large as %s are refused with 431', async (_what, lines) => {
    const answer = await sendRaw(world.gateway.url, rawHello(lines));
    expect(expectRefusal(answer, 431, 'LIMIT_EXCEEDED')).toContain('16 KiB');
    await isAlive();
  });

  it('a path that is too long is refused with 431', async () => {
    const answer = await sendRaw(world.gateway.url, rawHello().replace('/graphql', `/${'a'.repeat(20_000)}`));
    expectRefusal(answer, 431, 'LIMIT_EXCEEDED');
  });
});

describe('what is no HTTP that can be read', () => {
  it.each([
    ['words', 'my-secret hello\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['another version', 'GET /health HTTP/3.7\r\nHost: a\r\n\r\n'],
    ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])],
    ['zero bytes', Buffer.alloc(100)],
    ['an unknown method', 'MY-SECRET /graphql HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['bare line feeds', 'GET /health HTTP/1.1\nHost: a\n\n'],
    ['a space before the colon', 'GET /health HTTP/1.1\r\nHost : a\r\n\r\n'],
    ['a folded header', 'GET /health HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n'],
    ['a zero byte in a header', 'GET /health HTTP/1.1\r\nHost: a\r\nA: \0\r\n\r\n'],
    ['a space in the path', 'GET /health x HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['both lengths', `${rawHead('Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
    ['both lengths, the other way', `${rawHead('Transfer-Encoding: chunked', 'Content-Length: 5')}0\r\n\r\n`],
    ['two lengths', rawHello(`Content-Length: ${HELLO.length + 1}`)],
    ['the same length twice', rawHello(`Content-Length: ${HELLO.length}`)],
    ['an unknown transfer coding', `${rawHead('Transfer-Encoding: xchunked')}0\r\n\r\n`],
    ['chunked that is not last', `${rawHead('Transfer-Encoding: chunked, gzip')}0\r\n\r\n`],
    [
      'a chunk size that is none',
      `${rawHead('Content-Type: application/json', 'Transfer-Encoding: chunked')}ZZ\r\n`,
    ],
    [
      'a chunk with a long extension',
      `${rawHead('Content-Type: application/json', 'Transfer-Encoding: chunked')}1;${'a'.repeat(20_000)}\r\n{\r\n0\r\n\r\n`,
    ],
  ])('%s is refused with 400, and not repeated', async (_what, bytes) => {
    const answer = await sendRaw(world.gateway.url, bytes);
    expectRefusal(answer, 400, 'BAD_REQUEST');
    expect(answer.wire).not.toMatch(/secret|"data"/i);
    await isAlive();
  });

  it('HTTP/0.9 is a GET like any other', async () => {
    expectRefusal(await sendRaw(world.gateway.url, 'GET /graphql\r\n\r\n'), 400, 'BAD_REQUEST');
  });

  it.each(['gateway', 'elsewhere', ''])(
    'a request with a second Host of %j is refused with 400',
    async second => {
      const answer = await sendRaw(world.gateway.url, rawHello(`hOST: ${second}`));
      expect(expectRefusal(answer, 400, 'BAD_REQUEST')).toContain('one Host');
    },
  );

  it('a request without Host is refused with 400', async () => {
    const answer = await sendRaw(world.gateway.url, rawHello().replace('Host: gateway\r\n', ''));
    expect(expectRefusal(answer, 400, 'BAD_REQUEST')).toContain('Host');
  });

  it('a request with two of them is refused with 400', async () => {
    const answer = await sendRaw(world.gateway.url, rawHello('Host: other'));
    expect(expectRefusal(answer, 400, 'BAD_REQUEST')).toContain('one Host header');
  });

  it('an Expect that nobody knows is refused with 417', async () => {
    const answer = await sendRaw(world.gateway.url, rawHello('Expect: miracles', 'X-Request-Id: mine'));
    expectRefusal(answer, 417, 'BAD_REQUEST');
    expect(answer.headers.get('x-request-id')).toBe('mine');
  });

  it('Expect: 100-continue is met', async () => {
    const { wire } = await sendRaw(world.gateway.url, rawHello('Expect: 100-continue'));
    expect(wire).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(wire).toContain(HELLO_ANSWER);
  });

  it('an Upgrade is not taken up', async () => {
    const answer = await sendRaw(world.gateway.url, rawHello('Upgrade: websocket'));
    expect([answer.status, answer.text]).toEqual([200, HELLO_ANSWER]);
  });
});

describe('CONNECT', () => {
  const CONNECT = 'CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n';

  it('is refused with 405', async () => {
    expectRefusal(await sendRaw(world.gateway.url, CONNECT), 405, 'BAD_REQUEST');
  });

  it('from a client that resets its connection does not end the process', async () => {
    const { port, hostname } = new URL(world.gateway.url);
    for (let n = 0; n < 20; n += 1) {
      await new Promise(resolve => {
        const socket = connect({ port: Number(port), host: hostname }, () => {
          socket.write(CONNECT, () => socket.resetAndDestroy());
        });
        socket.on('error', () => {}).on('close', resolve);
      });
    }
    await isAlive();
  });

  it.each([
    ['CONNECT', CONNECT],
    ['words', 'hello\r\n\r\n'],
  ])(
    'a client that sends %s and never ends its side does not hold up the end of the process',
    async (_what, bytes) => {
      const closing = await openWorld();
      const { port, hostname } = new URL(closing.gateway.url);
      const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
      const closed = new Promise(resolve => socket.on('error', () => {}).on('close', resolve));
      const refused = new Promise(resolve => socket.once('data', resolve));
      socket.write(bytes);
      await refused;
      await closing[Symbol.asyncDispose]();
      socket.destroy();
      await closed;
    },
  );
});

describe('a client that takes its time', () => {
  it('has 10 s for its headers and 15 s for the whole request', () => {
    const { server } = createHttpServer({
      listener: () => {},
      observer: createMemoryLog().observer,
      lifecycle: new Lifecycle(),
      maxConnections: 1,
    });
    expect([server.headersTimeout, server.requestTimeout]).toEqual([10_000, 15_000]);
  });

  it.each([
    ['headers', 'POST /graphql HTTP/1.1\r\nHost: gateway\r\n'],
    ['body', `${rawHead('Content-Type: application/json', 'Content-Length: 100')}{`],
    ['first byte', ''],
  ])('for its %s is told so with 408', async (_what, bytes) => {
    const limits = { ...SERVER_LIMITS, headersTimeout: 50, requestTimeout: 100, checkingInterval: 10 };
    const { server, close } = createHttpServer({
      listener: (request, response) => {
        const limits = { maxBodyBytes: 1_000, bodyBudget: new BodyBudget() };
        readBody(request, limits, new SignalSource(), () => {}).catch((error: unknown) => {
          const { status, headers, body } = errorResponse(error, 'the-id', () => {});
          const lengths = { 'Content-Length': Buffer.byteLength(body), 'X-Request-Id': 'the-id' };
          response.writeHead(status, { ...headers, ...lengths }).end(body);
        });
      },
      observer: createMemoryLog().observer,
      lifecycle: new Lifecycle(),
      maxConnections: 1,
      limits,
    });
    const port = await listen(server);
    const answer = await sendRaw(`http://127.0.0.1:${port}`, bytes);
    expectRefusal(answer, 408, 'BAD_REQUEST');
    await close();
  });
});

it('any bytes in a header are a 4xx, a correct answer or a closed connection, and the next request is answered', async () => {
  const name = fc.constantFrom(
    'Authorization',
    'Ocp-Apim-Subscription-Key',
    'Accept',
    'Origin',
    'X-Request-Id',
    'Content-Type',
    'Transfer-Encoding',
    'Expect',
    'Connection',
    'Upgrade',
    'Cookie',
  );
  await fc.assert(
    fc.asyncProperty(name, fc.uint8Array({ maxLength: 64 }), async (header, bytes) => {
      const value = Buffer.from(bytes).toString('latin1');
      const { wire, status } = await sendRaw(world.gateway.url, rawHello(`${header}: ${value}`), {
        end: true,
      });
      if (status === 200) expect(wire).toContain(HELLO_ANSWER);
      else if (status !== 0 && status !== 100) expect(Math.floor(status / 100)).toBe(4);
      expect((await send(new URL('/health', world.gateway.url))).status).toBe(200);
    }),
    { numRuns: 150 },
  );
  await isAlive();
});

it('any bytes at all are a 4xx or a closed connection, and the next request is answered', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => {
      const { status } = await sendRaw(world.gateway.url, bytes, { end: true });
      expect([0, 4]).toContain(Math.floor(status / 100));
    }),
    { numRuns: 100 },
  );
  await isAlive();
});
