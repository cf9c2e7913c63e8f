import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { after, meeting } from '../../sandbox/reply.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { Lifecycle } from '../../src/server/lifecycle.ts';
import { createHttpServer } from '../../src/server/node-server.ts';
import { createManualClock } from '../support/clock.ts';
import { HELLO_ANSWER, listen, rawHello, send, sendRaw } from '../support/http.ts';
import { createMemoryLog } from '../support/log.ts';
import { LISTENING, startGatewayProgram } from '../support/process.ts';
import { meetingNumber } from '../support/upstream.ts';
import { CREDENTIALS, openWorld } from '../support/world.ts';

const GET = 'GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n';

/** Longer than any of these tests takes. */
const LONG = 300_000;

/** A connection that collects what comes. */
function open(url: string): { socket: Socket; wire: () => string; has: (text: string) => Promise<void> } {
  const { port, hostname } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname }).on('error', () => {});
  let wire = '';
  socket.on('data', chunk => (wire += String(chunk)));
  return {
    socket,
    wire: () => wire,
    has: async text => {
      while (!wire.includes(text)) await once(socket, 'data');
    },
  };
}

/** Why a client had to stop. */
interface Stopped {
  readonly sentAt: number;
  /** Whether it had asked on that connection before. */
  readonly isReused: boolean;
  readonly reason: unknown;
}

/** Asks for a meeting again and again on a connection that is kept alive, until one fails. */
function keepAsking(
  url: string,
  n: number,
): { answered: (times: number) => Promise<void>; failure: Promise<Stopped> } {
  const body = JSON.stringify({ query: `{ syncMeeting(id: "${meetingNumber(n)}") { id } }` });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { promise: failure, resolve: stop } = Promise.withResolvers<Stopped>();
  const watchers = new Map<number, () => void>();
  let count = 0;
  const ask = (): void => {
    const sentAt = performance.now();
    const asked = request(url, {
      agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...CREDENTIALS },
    });
    const fail = (reason: unknown): void => stop({ sentAt, isReused: asked.reusedSocket, reason });
    asked.on('error', fail).on('response', response => {
      response.on('error', fail).resume();
      response.on('end', () => {
        if (response.statusCode !== 200) return fail(response.statusCode);
        count += 1;
        watchers.get(count)?.();
        ask();
      });
    });
    asked.end(body);
  };
  ask();
  return { answered: times => new Promise(resolve => watchers.set(times, resolve)), failure };
}

describe('a gateway that is closed', () => {
  it('goes on accepting while it drains, closes each connection after its response, and then accepts no more', async () => {
    const clock = createManualClock();
    await using world = await openWorld({ clock });
    const drained = world.gateway.close({ drain: 5_000, linger: 2_000 });
    for (const passing of [0, 4_999]) {
      clock.advance(passing);
      const answer = await sendRaw(world.gateway.url, GET);
      expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    }
    const idle = open(world.gateway.url);
    await once(idle.socket, 'connect');
    clock.advance(1);
    await clock.awaited(2_000);
    expect((await sendRaw(world.gateway.url, GET)).status).toBe(0);
    clock.advance(1_999);
    idle.socket.write(GET);
    await once(idle.socket, 'close');
    expect(idle.wire()).toMatch(/200 OK\r\n[\s\S]*\r\nConnection: close\r\n/);
    await drained;
  });

  it('knows how many requests would be cut off, and on how many connections', async () => {
    await using world = await openWorld();
    const id = meetingNumber(1);
    const released = Promise.withResolvers<void>();
    world.sandbox.answer(id, exchange => void released.promise.then(() => meeting(exchange)));
    const idle = open(world.gateway.url);
    idle.socket.write(GET);
    await idle.has('"ok"');
    expect(world.gateway.unfinished()).toEqual({ requests: 0, connections: 0 });
    const asked = world.ask(`{ syncMeeting(id: "${id}") { id } }`);
    await world.joined(1);
    expect(world.gateway.unfinished()).toEqual({ requests: 1, connections: 1 });
    idle.socket.write(GET.slice(0, 20));
    // What was written before has arrived by then.
    expect((await sendRaw(world.gateway.url, rawHello())).status).toBe(200);
    expect(world.gateway.unfinished()).toEqual({ requests: 1, connections: 2 });
    released.resolve();
    await asked;
    idle.socket.destroy();
  });

  it('answers a request that comes on an idle connection while it lingers, closes it, and waits no longer', async () => {
    await using world = await openWorld();
    const client = open(world.gateway.url);
    client.socket.write(GET);
    await client.has('"ok"');
    const closed = world.gateway.close({ drain: 1, linger: LONG });
    client.socket.write(rawHello().replace('Connection: close\r\n', ''));
    await once(client.socket, 'close');
    await closed;
    const [, , second = ''] = client.wire().split('HTTP/1.1 ');
    expect(second).toMatch(/^200 OK\r\n[\s\S]*\r\nConnection: close\r\n/);
    expect(second).toContain(HELLO_ANSWER);
    expect((await sendRaw(world.gateway.url, GET)).status).toBe(0);
  });

  it('closes idle connections when it has lingered, and those that never asked anything', async () => {
    await using world = await openWorld();
    const idle = open(world.gateway.url);
    idle.socket.write(GET);
    await idle.has('"ok"');
    const silent = open(world.gateway.url);
    await once(silent.socket, 'connect');
    await world.gateway.close();
    for (const { socket } of [idle, silent]) if (!socket.closed) await once(socket, 'close');
  });

  it('answers a request of which half the head has arrived when idle connections are closed', async () => {
    await using world = await openWorld();
    const used = open(world.gateway.url);
    used.socket.write(GET);
    await used.has('"ok"');
    const fresh = open(world.gateway.url);
    const idle = open(world.gateway.url);
    await once(idle.socket, 'connect');
    for (const { socket } of [used, fresh]) socket.write(GET.slice(0, 20));
    // What was written before has arrived by then.
    expect((await sendRaw(world.gateway.url, rawHello())).status).toBe(200);
    const idleClosed = once(idle.socket, 'close');
    const closed = world.gateway.close();
    await idleClosed;
    for (const { socket } of [used, fresh]) {
      socket.write(GET.slice(20));
      await once(socket, 'close');
    }
    await closed;
    for (const { wire } of [used, fresh])
      expect(wire()).toMatch(/200 OK\r\n[\s\S]*\r\nConnection: close\r\n/);
  });

  it('says Connection: close with an answer that was under way, and with the last of pipelined ones alone', async () => {
    const { observer } = createMemoryLog();
    const responses: ServerResponse[] = [];
    const come = Promise.withResolvers<void>();
    const allCame = Promise.withResolvers<void>();
    const listener: RequestListener = (_request, response) => {
      responses.push(response);
      if (responses.length === 2) come.resolve();
      if (responses.length === 3) allCame.resolve();
    };
    const { server, close } = createHttpServer({
      listener,
      observer,
      lifecycle: new Lifecycle(),
      maxConnections: 10,
    });
    const client = open(`http://127.0.0.1:${await listen(server)}`);
    client.socket.write(GET + GET);
    await come.promise;
    const closed = close();
    client.socket.write(GET);
    await allCame.promise;
    while (server.listening) await new Promise(resolve => setImmediate(resolve));
    for (const [index, response] of responses.entries()) response.end(`answer ${index}.`);
    await once(client.socket, 'close');
    await closed;
    const answers = client.wire().split('HTTP/1.1 200 OK').slice(1);
    expect(answers.map(text => /Connection: (\S+)/.exec(text)?.[1])).toEqual([
      'keep-alive',
      'keep-alive',
      'close',
    ]);
    expect(answers.map(text => /answer \d/.exec(text)?.[0])).toEqual(['answer 0', 'answer 1', 'answer 2']);
  });
});

describe.concurrent('SIGTERM', () => {
  it('ends a gateway that 200 keep-alive clients keep busy, and no request that was sent before is cut', async () => {
    await using sandbox = await startSandbox();
    // At any time some request is under way: they take different times.
    let calls = 0;
    sandbox.answerAll(after(() => 5 + (calls++ % 40), meeting));
    await using program = startGatewayProgram({
      UPSTREAM_URL: sandbox.url,
      UPSTREAM_MAX_IN_FLIGHT: '200',
      UPSTREAM_MAX_IN_FLIGHT_PER_CALLER: '200',
    });
    const [, url = ''] = await program.says(LISTENING);
    const clients = Array.from({ length: 200 }, (_, n) => keepAsking(url, n));
    await Promise.all(clients.map(client => client.answered(3)));
    const signalled = performance.now();
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(0);
    const ended = performance.now();
    const failures = await Promise.all(clients.map(client => client.failure));
    // After the signal a new connection is refused. On one that stood, each request is answered.
    expect(failures.filter(({ sentAt, isReused }) => sentAt < signalled || isReused)).toEqual([]);
    expect(ended - signalled).toBeLessThan(15_000);
  });

  it('answers 300 requests that were sent before it on connections that were not accepted yet', async () => {
    await using program = startGatewayProgram({ UPSTREAM_URL: 'http://127.0.0.1:9' });
    const [, url = ''] = await program.says(LISTENING);
    const answers = Array.from({ length: 300 }, () => sendRaw(url, rawHello()));
    // The connections stand once the system has been asked for all of them; loopback needs no more.
    await new Promise(resolve => setImmediate(resolve));
    program.child.kill('SIGTERM');
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses).toEqual(Array.from({ length: 300 }, () => 200));
    expect(await program.exit).toBe(0);
  });

  it('ends a gateway whose clients read none of their answers at the request timeout and 5 s, with 1, and says what it cut', async () => {
    await using sandbox = await startSandbox();
    await using program = startGatewayProgram({
      UPSTREAM_URL: sandbox.url,
      GRAPHIQL: 'on',
      REQUEST_TIMEOUT_MS: '100',
      UPSTREAM_ATTEMPT_TIMEOUT_MS: '99',
    });
    const [, url = ''] = await program.says(LISTENING);
    const client = open(url);
    client.socket.pause();
    client.socket.write('GET /graphql HTTP/1.1\r\nHost: gateway\r\nAccept: text/html\r\n\r\n'.repeat(5));
    await program.says(/"status":200/);
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(1);
    expect(program.output()).toMatch(
      /"requests":[1-5],"connections":1,"msg":"stopped: requests in progress were cut off"/,
    );
    client.socket.destroy();
  });

  it('makes /ready fail at once, is followed by DRAIN_MS of service, and ends with 0', async () => {
    await using program = startGatewayProgram({
      UPSTREAM_URL: 'http://127.0.0.1:9',
      ADMIN_PORT: '0',
      DRAIN_MS: '1500',
    });
    const [, url = ''] = await program.says(LISTENING);
    const [, admin = ''] = await program.says(/"admin":"([^"]+)"/);
    expect((await send(`${admin}/ready`)).status).toBe(200);
    const signalled = performance.now();
    program.child.kill('SIGTERM');
    await program.says(/"signal":"SIGTERM","drainMs":1500/);
    expect((await send(`${admin}/ready`)).status).toBe(503);
    expect((await send(`${admin}/live`)).status).toBe(200);
    const answer = await send(new URL('/health', url));
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    expect(await program.exit).toBe(0);
    expect(performance.now() - signalled).toBeGreaterThanOrEqual(1_500);
  });

  it('followed by another signal ends a gateway that drains at once, with 0 as nothing is in progress', async () => {
    await using program = startGatewayProgram({ UPSTREAM_URL: 'http://127.0.0.1:9', DRAIN_MS: '300000' });
    await program.says(LISTENING);
    program.child.kill('SIGTERM');
    await program.says(/stopping/);
    // Within half a second it would be taken for the first one.
    const again = setInterval(() => program.child.kill('SIGINT'), 100);
    expect(await program.exit).toBe(0);
    clearInterval(again);
    expect(program.output()).toContain('"msg":"stopped"');
  });
});

it('SIGINT does not wait for DRAIN_MS', async () => {
  await using program = startGatewayProgram({ UPSTREAM_URL: 'http://127.0.0.1:9', DRAIN_MS: '300000' });
  await program.says(LISTENING);
  program.child.kill('SIGINT');
  expect(await program.exit).toBe(0);
  expect(program.output()).toContain('"drainMs":0');
});
