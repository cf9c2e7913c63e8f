import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/load.ts';
import { startGateway } from '../../src/gateway.ts';
import { Lifecycle } from '../../src/server/lifecycle.ts';
import { createHttpServer } from '../../src/server/node-server.ts';
import type { UnreadLimits } from '../../src/server/unread-responses.ts';
import { RESPONSE_OVERHEAD, UNREAD_LIMITS, UnreadResponses } from '../../src/server/unread-responses.ts';
import { createManualClock } from '../support/clock.ts';
import { listen } from '../support/http.ts';
import { createMemoryLog } from '../support/log.ts';

const GET = 'GET /answer HTTP/1.1\r\nHost: gateway\r\n\r\n';

/** More than a system keeps of an unread answer, on both sides: Linux as much as 36 MiB, of a client that was fast so far. */
const LARGE = Buffer.alloc(48 * 1024 * 1024, 'a');

/** More than it keeps of an answer of which nothing was read. */
const READ = 8 * 1024 * 1024;

/** A client that reads only what it is told to. */
function openClient(port: number): Socket & AsyncDisposable {
  const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {});
  socket.pause();
  return Object.assign(socket, {
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      if (!socket.closed) await once(socket, 'close');
    },
  });
}

/** Reads until so much has come in all. */
async function readUntil(socket: Socket, bytes: number): Promise<void> {
  socket.resume();
  while (socket.bytesRead < bytes) await once(socket, 'data');
  socket.pause();
}

/** A server that answers as told, with a limit on unread responses. */
async function serve(
  answer: (send: (body: Buffer) => void, count: number) => void,
  limits: UnreadLimits = UNREAD_LIMITS,
) {
  const clock = createManualClock();
  const { observer, lines } = createMemoryLog();
  const unread = new UnreadResponses(clock, observer, limits);
  let count = 0;
  let answered = (): void => {};
  let finished = (): void => {};
  const listener: RequestListener = (_request, response) => {
    count += 1;
    answer(body => {
      response.writeHead(200, { 'Content-Length': body.length });
      unread.send(response, body, body.length);
      response.once('finish', () => finished());
      answered();
    }, count);
  };
  const { server, close } = createHttpServer({
    listener,
    observer,
    lifecycle: new Lifecycle(),
    maxConnections: 100,
  });
  const port = await listen(server);
  return {
    clock,
    port,
    closed: () => lines.filter(({ message }) => message === 'connection closed').map(line => line.fields),
    /** Settles at the next answer. */
    answered: () => new Promise<void>(resolve => (answered = resolve)),
    /** Settles once the next answer has been handed to the system. */
    finished: () => new Promise<void>(resolve => (finished = resolve)),
    [Symbol.asyncDispose]: () => close(),
  };
}

it('is given 30 s, and 64 MiB in all', () => {
  expect(UNREAD_LIMITS).toEqual({ stalled: 30_000, bytes: 64 * 1024 * 1024 });
});

it('a client that asks for the GraphiQL page many times and reads nothing is cut after 30 s', async () => {
  const clock = createManualClock();
  const { log, lines } = createMemoryLog();
  const config = readConfig({ PORT: '0', UPSTREAM_URL: 'http://127.0.0.1:9', GRAPHIQL: 'on' });
  await using gateway = await startGateway({ config, log, clock });
  await using client = openClient(Number(new URL(gateway.url).port));
  const waiting = clock.awaited(UNREAD_LIMITS.stalled);
  client.write('GET /graphql HTTP/1.1\r\nHost: gateway\r\nAccept: text/html\r\n\r\n'.repeat(5));
  await waiting;
  clock.advance(UNREAD_LIMITS.stalled - 1);
  expect(lines.map(line => line.message)).not.toContain('connection closed');
  clock.advance(1);
  expect(lines.map(line => line.message)).toContain('connection closed');
  client.resume();
  await once(client, 'close');
});

describe('an answer that nobody reads', () => {
  it.each([
    [UNREAD_LIMITS.stalled - 1, 0],
    [UNREAD_LIMITS.stalled, 1],
    [UNREAD_LIMITS.stalled + 1, 1],
  ])('after %i ms: %i connections are closed', async (milliseconds, closed) => {
    await using server = await serve(send => send(LARGE));
    await using client = openClient(server.port);
    const answered = server.answered();
    client.write(GET);
    await answered;
    server.clock.advance(milliseconds);
    expect(server.closed()).toHaveLength(closed);
  });

  it('is cut 30 s after the last time something was read of it', async () => {
    await using server = await serve(send => send(LARGE));
    await using client = openClient(server.port);
    const answered = server.answered();
    client.write(GET);
    await answered;
    server.clock.advance(UNREAD_LIMITS.stalled - 1);
    await readUntil(client, READ);
    server.clock.advance(UNREAD_LIMITS.stalled - 1);
    expect(server.closed()).toEqual([]);
    server.clock.advance(1);
    expect(server.closed()).toHaveLength(1);
  });

  it('is no longer counted once it has been read, and its connection serves on', async () => {
    await using server = await serve(send => send(LARGE));
    await using client = openClient(server.port);
    for (let n = 1; n <= 3; n += 1) {
      const finished = server.finished();
      client.write(GET);
      await readUntil(client, n * LARGE.length);
      await finished;
      server.clock.advance(UNREAD_LIMITS.stalled);
    }
    expect(server.closed()).toEqual([]);
  });

  it('is not the fault of a client whose earlier request we still work on', async () => {
    let sendFirst = (): void => {};
    await using server = await serve((send, count) => {
      const sendIt = () => send(Buffer.from(`answer ${count}.`));
      if (count === 1) sendFirst = sendIt;
      else sendIt();
    });
    await using client = openClient(server.port);
    const answered = server.answered();
    client.write(GET + GET);
    await answered;
    for (let n = 0; n < 3; n += 1) server.clock.advance(UNREAD_LIMITS.stalled);
    expect(server.closed()).toEqual([]);
    sendFirst();
    let wire = '';
    client.on('data', chunk => (wire += String(chunk))).resume();
    while (!wire.includes('answer 2.')) await once(client, 'data');
    expect(wire).toMatch(/answer 1\.[\s\S]*answer 2\./);
  });
});

describe('unread responses of two clients, where the limit is', () => {
  const held = LARGE.length + RESPONSE_OVERHEAD;
  it.each([
    ['a byte less than both hold', 2 * held - 1, ['first']],
    ['what both hold', 2 * held, []],
    ['a byte more', 2 * held + 1, []],
  ])('%s, have this one cut who has read nothing for longest', async (_where, bytes, cut) => {
    await using server = await serve(send => send(LARGE), { ...UNREAD_LIMITS, bytes });
    await using first = openClient(server.port);
    await using second = openClient(server.port);
    for (const client of [first, second]) {
      const answered = server.answered();
      client.write(GET);
      await answered;
      server.clock.advance(1);
    }
    expect(server.closed()).toHaveLength(cut.length);
    const complete = async (client: Socket) => {
      const done = once(client, 'close');
      client.on('data', () => client.bytesRead >= LARGE.length && client.end()).resume();
      await done;
      return client.bytesRead >= LARGE.length;
    };
    expect([await complete(first), await complete(second)]).toEqual([cut.length === 0, true]);
  });
});
