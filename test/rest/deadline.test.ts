import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { after, drip, hang, json, meeting } from '../../sandbox/reply.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { GatewayError } from '../../src/lib/errors.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { createManualClock } from '../support/clock.ts';
import { listen } from '../support/http.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

const A = meetingNumber(1);
const B = meetingNumber(2);

it('an attempt that gets no answer ends after 8 s and leaves no socket open', async () => {
  await using sandbox = await startSandbox();
  sandbox.answer(A, hang);
  const clock = createManualClock();
  await using upstream = openUpstream(sandbox, { clock });
  const { context } = createRequestContext('test', 15_000, clock);
  const call = upstream.sync(A, callerNamed('a'), context);
  await sandbox.hit(1);
  clock.advance(7_999);
  expect(sandbox.hits[0]?.outcome).toBe('open');
  clock.advance(1);
  await expect(call).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  await sandbox.idle();
  expect(sandbox.hits.map(hit => hit.outcome)).toEqual(['cut']);
});

it('headers and then a drip are no answer either', async () => {
  const clock = createManualClock();
  await using world = await openWorld({ clock });
  world.sandbox.answer(A, drip(5));
  const asking = world.ask(`{ syncMeeting(id: "${A}") { id } }`);
  await world.sandbox.hit(1);
  clock.advance(8_000);
  const { errors } = await asking;
  expect(errors[0]?.extensions).toMatchObject({ code: 'UPSTREAM_TIMEOUT', retryable: true });
  await world.sandbox.idle();
  expect(world.sandbox.hits.map(hit => hit.outcome)).toEqual(['cut']);
});

it('what a request has left bounds all that is inside it: its retry is aborted at the deadline', async () => {
  await using sandbox = await startSandbox();
  sandbox.answer(A, exchange => (exchange.earlier === 0 ? json(503, {}) : hang)(exchange));
  const clock = createManualClock();
  await using upstream = openUpstream(sandbox, { clock, random: () => 0 });
  const { context } = createRequestContext('test', 1_000, clock);
  const call = upstream.sync(A, callerNamed('a'), context);
  await clock.awaited(100);
  clock.advance(100);
  await sandbox.hit(2);
  clock.advance(899);
  expect(sandbox.hits[1]?.outcome).toBe('open');
  clock.advance(1);
  await expect(call).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  await sandbox.idle();
  expect(sandbox.hits.map(hit => hit.outcome)).toEqual(['answered', 'cut']);
});

it('what was answered by the deadline stands', async () => {
  const clock = createManualClock();
  await using world = await openWorld({ clock });
  world.sandbox.answer(B, hang);
  const asking = world.ask(`{ a: syncMeeting(id: "${A}") { id } b: syncMeeting(id: "${B}") { id } }`);
  await world.sandbox.hit(2);
  // What the request and the second call wait for: the first has its answer, and in this turn passes it on.
  await clock.left(2);
  await new Promise(resolve => setImmediate(resolve));
  clock.advance(15_000);
  const { data, errors } = await asking;
  expect(data).toEqual({ a: { id: A }, b: null });
  expect(errors.map(error => [error.path, error.extensions.code])).toEqual([[['b'], 'UPSTREAM_TIMEOUT']]);
});

it('nothing waits for the deadline of a request that was answered', async () => {
  const clock = createManualClock();
  await using world = await openWorld({ clock });
  const { data } = await world.ask(`{ syncMeeting(id: "${A}") { id } }`);
  expect(data).toEqual({ syncMeeting: { id: A } });
  await clock.left(0);
});

it('a connection that does not come about is given up, and the call retried', async () => {
  // It takes the connection and never says a word of TLS.
  await using mute = createServer();
  const port = await listen(mute);
  let connections = 0;
  mute.on('connection', socket => {
    connections += 1;
    socket.on('error', () => {}).resume();
  });
  await using world = await openWorld({
    env: {
      UPSTREAM_URL: `https://127.0.0.1:${port}`,
      UPSTREAM_CONNECT_TIMEOUT_MS: '100',
      UPSTREAM_RETRY_MAX_DELAY_MS: '100',
    },
  });
  const { errors } = await world.ask(`{ syncMeeting(id: "${A}") { id } }`);
  expect(errors[0]?.extensions.code).toBe('UPSTREAM_UNAVAILABLE');
  expect(connections).toBe(2);
});

it('a client that goes away aborts the calls that only it was waiting for', async () => {
  await using world = await openWorld();
  world.sandbox.answerAll(hang);
  const gone = new AbortController();
  const query = `{ syncMeetings(ids: ["${A}", "${B}"]) { id } }`;
  const asking = Promise.allSettled([world.ask(query, { signal: gone.signal })]);
  await world.sandbox.hit(2);
  gone.abort();
  expect(await asking).toMatchObject([{ status: 'rejected' }]);
  await world.sandbox.idle();
  expect(world.sandbox.hits.map(hit => hit.outcome)).toEqual(['cut', 'cut']);
});

it('a client that goes away is logged as gone, and as no fault of ours', async () => {
  await using world = await openWorld();
  world.sandbox.answer(A, hang);
  const gone = new AbortController();
  const asking = expect(
    world.ask(`{ syncMeeting(id: "${A}") { id } }`, { signal: gone.signal }),
  ).rejects.toThrow();
  await world.sandbox.hit(1);
  gone.abort();
  await asking;
  await world.logged('request', 1);
  const logged = world.lines.filter(line => line.level !== 'debug');
  expect(
    logged.map(({ level, message, fields }) => [level, message, fields['status'], fields['codes']]),
  ).toEqual([['info', 'request', 499, undefined]]);
});

it('a client that goes away before its request was looked at is logged as gone, and nothing is begun', async () => {
  await using world = await openWorld();
  const goAway = (message: unknown): void => {
    const { request } = message as { readonly request: IncomingMessage };
    if (request.url === '/graphql') request.destroy();
  };
  using undo = new DisposableStack();
  subscribe('http.server.request.start', goAway);
  undo.defer(() => unsubscribe('http.server.request.start', goAway));
  await expect(world.ask(`{ syncMeeting(id: "${A}") { id } }`)).rejects.toThrow();
  await world.logged('request', 1);
  expect(world.lines.map(({ message, fields }) => [message, fields['status']])).toEqual([['request', 499]]);
  expect(world.sandbox.hits).toHaveLength(0);
});

it('a body that does not arrive in time is refused', async () => {
  await using world = await openWorld({
    env: { REQUEST_TIMEOUT_MS: '100', UPSTREAM_ATTEMPT_TIMEOUT_MS: '99' },
  });
  const { hostname, port, pathname } = new URL(world.gateway.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{`,
  );
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(answer).toContain('did not arrive in time');
});

it('who has left before asking starts no call', async () => {
  await using sandbox = await startSandbox();
  await using upstream = openUpstream(sandbox);
  const { context, cancel } = createRequestContext('test', 1_000, systemClock);
  cancel();
  await expect(upstream.sync(A, callerNamed('a'), context)).rejects.toThrow();
  expect(sandbox.hits).toHaveLength(0);
});

it('an answer that comes in time is not touched by deadlines', async () => {
  await using sandbox = await startSandbox();
  sandbox.answer(A, after(20, meeting));
  const clock = createManualClock();
  await using upstream = openUpstream(sandbox, { clock });
  const { context, cancel } = createRequestContext('test', 15_000, clock);
  expect((await upstream.sync(A, callerNamed('a'), context)).id).toBe(A);
  clock.advance(60_000);
  expect(context.signal.reason).toBeInstanceOf(GatewayError);
  cancel();
});
