import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { Reply } from '../../sandbox/reply.ts';
import { hang, meeting, reset } from '../../sandbox/reply.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { createManualClock } from '../support/clock.ts';
import { listen } from '../support/http.ts';
import { createMemoryLog } from '../support/log.ts';
import { SELF_SIGNED } from '../support/self-signed.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';

const [A, B, C] = [meetingNumber(1), meetingNumber(2), meetingNumber(3)];
const CALLER = callerNamed('a');

const closed: Reply = ({ drop }) => drop('end');

/** A byte of an answer, and then no more. */
const oneByte: Reply = ({ response }) => void response.socket?.end('H');

/** A client with a single connection that has carried one request; what fails is not retried. */
async function open() {
  await using made = new AsyncDisposableStack();
  const sandbox = made.use(await startSandbox());
  const clock = createManualClock();
  const { log, lines } = createMemoryLog();
  const upstream = made.use(
    openUpstream(sandbox, { clock, log, limiter: { maxInFlight: 1 }, retry: { budget: 0 } }),
  );
  const { context, cancel } = createRequestContext('test', 60_000, clock);
  await upstream.sync(A, CALLER, context);
  const all = made.move();
  return {
    sandbox,
    clock,
    lines,
    context,
    cancel,
    sync: (id: typeof A) => upstream.sync(id, CALLER, context),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Has the sandbox answer the calls for a meeting in turn. */
function answerInTurn(sandbox: Sandbox, id: string, ...replies: readonly Reply[]): void {
  sandbox.answer(id, exchange => (replies[exchange.earlier] ?? hang)(exchange));
}

describe('a reused connection that is closed under a request', () => {
  it.each([
    ['reset', reset],
    ['ended', closed],
  ])('when %s, is replaced by a new one, on which the request is resent', async (_how, drop) => {
    await using world = await open();
    answerInTurn(world.sandbox, B, drop, meeting);
    expect((await world.sync(B)).id).toBe(B);
    expect(world.sandbox.hits.map(hit => hit.id)).toEqual([A, B, B]);
    expect(world.context.stats).toEqual({ calls: 3, retries: 0, deduplicated: 0 });
    expect(world.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('1,000 times, costs no answer, no retry, and does not open the breaker', async () => {
    await using sandbox = await startSandbox();
    const used = new WeakSet<Socket>();
    sandbox.answerAll(exchange => {
      const { socket } = exchange.response;
      if (!socket || used.has(socket)) return reset(exchange);
      used.add(socket);
      return meeting(exchange);
    });
    const { log, lines } = createMemoryLog();
    await using upstream = openUpstream(sandbox, { log });
    const { context, finish } = createRequestContext('test', 60_000, systemClock);
    const calls = Array.from({ length: 1_000 }, (_, n) =>
      upstream.sync(meetingNumber(n), callerNamed(`${n % 10}`), context),
    );
    const ends = await Promise.allSettled(calls);
    finish();
    expect(ends.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(context.stats.retries).toBe(0);
    expect(sandbox.hits.length).toBeGreaterThan(1_500);
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('is no excuse for the new one: when that is reset too, the call has failed', async () => {
    await using world = await open();
    answerInTurn(world.sandbox, B, reset, reset, meeting);
    await expect(world.sync(B)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(world.sandbox.hitsOf(B)).toHaveLength(2);
  });

  it('after a byte of an answer has failed its call', async () => {
    await using world = await open();
    answerInTurn(world.sandbox, B, oneByte, meeting);
    await expect(world.sync(B)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(world.sandbox.hitsOf(B)).toHaveLength(1);
  });

  it('leaves the resent call what was left of the 8 s of an attempt', async () => {
    await using world = await open();
    const dropped = Promise.withResolvers<void>();
    answerInTurn(world.sandbox, B, exchange => dropped.promise.then(() => reset(exchange)), hang);
    const call = world.sync(B);
    await world.sandbox.hit(2);
    world.clock.advance(5_000);
    dropped.resolve();
    await world.sandbox.hit(3);
    world.clock.advance(2_999);
    expect(world.sandbox.hits[2]?.outcome).toBe('open');
    world.clock.advance(1);
    await expect(call).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    await world.sandbox.idle();
    expect(world.sandbox.hits[2]?.outcome).toBe('cut');
  });

  it('has the resent call aborted when nobody waits any more', async () => {
    await using world = await open();
    answerInTurn(world.sandbox, B, reset, hang);
    const call = world.sync(B);
    await world.sandbox.hit(3);
    world.cancel();
    await expect(call).rejects.toThrow('nobody waits');
    await world.sandbox.idle();
    expect(world.sandbox.hits.map(hit => hit.outcome)).toEqual(['answered', 'answered', 'cut']);
  });

  it('is not replaced when nobody waits any more', async () => {
    await using world = await open();
    const dropped = Promise.withResolvers<void>();
    answerInTurn(world.sandbox, B, exchange => dropped.promise.then(() => reset(exchange)), meeting);
    const call = world.sync(B);
    await world.sandbox.hit(2);
    world.cancel();
    dropped.resolve();
    await expect(call).rejects.toThrow('nobody waits');
    await world.sandbox.idle();
    expect(world.sandbox.hits).toHaveLength(2);
  });

  it('holds one slot, the resent call included', async () => {
    await using world = await open();
    const released = Promise.withResolvers<void>();
    answerInTurn(world.sandbox, B, reset, exchange => released.promise.then(() => meeting(exchange)));
    const calls = [world.sync(B), world.sync(C)];
    await world.sandbox.hit(3);
    expect(world.sandbox.hits.map(hit => hit.id)).toEqual([A, B, B]);
    released.resolve();
    expect((await Promise.all(calls)).map(({ id }) => id)).toEqual([B, C]);
    expect((await world.sync(A)).id).toBe(A);
  });
});

it('a new connection that is reset has failed its call: nothing is sent again', async () => {
  await using sandbox = await startSandbox();
  sandbox.answerAll(reset);
  await using upstream = openUpstream(sandbox, { retry: { budget: 0 } });
  const { context, finish } = createRequestContext('test', 60_000, systemClock);
  await expect(upstream.sync(A, CALLER, context)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  finish();
  expect(sandbox.hits).toHaveLength(1);
});

it('with TLS, what its handshake brings is no answer: only a connection that had one is replaced', async () => {
  await using closing = new AsyncDisposableStack();
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, SELF_SIGNED.cert]);
  closing.defer(() => setDefaultCACertificates(trusted));
  const sandbox = closing.use(await startSandbox());
  let calls = 0;
  const server = createServer(SELF_SIGNED, ({ url = '', socket }, response) => {
    calls += 1;
    if (calls % 2 === 1) socket.destroy();
    else response.setHeader('content-type', 'application/json').end(`{"id":"${url.split('/')[3]}"}`);
  });
  const port = await listen(server);
  closing.defer(() => new Promise<void>(resolve => server.close(() => resolve())));
  const upstream = closing.use(
    openUpstream(sandbox, { url: new URL(`https://127.0.0.1:${port}`), retry: { budget: 0 } }),
  );
  const { context, finish } = createRequestContext('test', 60_000, systemClock);
  await expect(upstream.sync(A, CALLER, context)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  expect(calls).toBe(1);
  for (const id of [A, B]) expect((await upstream.sync(id, CALLER, context)).id).toBe(id);
  expect(calls).toBe(4);
  finish();
});
