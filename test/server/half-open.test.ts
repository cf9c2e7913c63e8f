import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { hang, meeting } from '../../sandbox/reply.ts';
import { HELLO, HELLO_ANSWER, postBody, rawHead, rawHello, sendRaw } from '../support/http.ts';
import { CREDENTIALS, openWorld } from '../support/world.ts';

const ID = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';
const BODY = JSON.stringify({ query: `{ syncMeeting(id: "${ID}") { id } }` });
const SYNC =
  rawHead(
    'Content-Type: application/json',
    `Content-Length: ${BODY.length}`,
    ...Object.entries(CREDENTIALS).map(([name, value]) => `${name}: ${value}`),
  ) + BODY;

function open(url: string): Socket {
  const { port, hostname } = new URL(url);
  return connect({ port: Number(port), host: hostname, allowHalfOpen: true }).on('error', () => {});
}

it('a client that ends its side after its request gets its answer, however long it takes', async () => {
  await using world = await openWorld();
  const released = Promise.withResolvers<void>();
  world.sandbox.answer(ID, async exchange => {
    await released.promise;
    await meeting(exchange);
  });
  const socket = open(world.gateway.url);
  socket.end(SYNC);
  let wire = '';
  socket.on('data', chunk => (wire += String(chunk)));
  // Several interim answers: it was found to wait still.
  while (wire.split('102 Processing').length < 4) await once(socket, 'data');
  released.resolve();
  await once(socket, 'end');
  socket.destroy();
  expect(wire).toMatch(/^(?:HTTP\/1\.1 102 Processing\r\n\r\n)+HTTP\/1\.1 200 OK\r\n/);
  expect(wire).toContain(`{"data":{"syncMeeting":{"id":"${ID}"}}}`);
  expect(world.sandbox.hits.map(hit => hit.outcome)).toEqual(['answered']);
});

it('a client that pipelines requests and ends its side gets all answers', async () => {
  await using world = await openWorld();
  const keepAlive = rawHello().replace('Connection: close\r\n', '');
  const { wire } = await sendRaw(world.gateway.url, keepAlive.repeat(3), { end: true });
  expect(wire.split(HELLO_ANSWER)).toHaveLength(4);
});

it.each([
  ['closes its connection', (socket: Socket) => socket.destroy()],
  ['resets its connection', (socket: Socket) => socket.resetAndDestroy()],
  [
    'ends its side and then closes its connection',
    (socket: Socket) => {
      socket.end();
      socket.once('data', () => socket.destroy());
    },
  ],
])('a client that %s has its call cancelled', async (_how, leave) => {
  await using world = await openWorld();
  world.sandbox.answer(ID, hang);
  const socket = open(world.gateway.url);
  socket.write(SYNC);
  await world.sandbox.hit(1);
  leave(socket);
  await world.sandbox.idle();
  expect(world.sandbox.hits.map(hit => hit.outcome)).toEqual(['cut']);
  await world.logged('request', 1);
  expect(world.lines.find(({ message }) => message === 'request')?.fields['status']).toBe(499);
});

it('a client that resets its connection while its body arrives has not made a bad request', async () => {
  await using world = await openWorld();
  const socket = open(world.gateway.url);
  socket.write(`${rawHead('Content-Type: application/json', 'Content-Length: 100')}{`);
  // The gateway reads the body by then: a request that came later has been answered.
  await postBody(world.gateway.url, HELLO);
  socket.resetAndDestroy();
  await world.logged('request', 2);
  const requests = world.lines.filter(({ message }) => message === 'request');
  expect(requests.map(({ fields }) => [fields['status'], fields['codes']])).toEqual([
    [200, undefined],
    [499, undefined],
  ]);
});

it.each([
  ['requests', ''],
  ['requests and CONNECT', 'CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n'],
])('a client that pipelines %s and leaves has the calls of all of them cancelled', async (_what, last) => {
  await using world = await openWorld();
  world.sandbox.answerAll(hang);
  const socket = open(world.gateway.url);
  const other = ID.replace('3f2b', '4f2b');
  const keepAlive = SYNC.replace('Connection: close\r\n', '');
  socket.write(keepAlive + keepAlive.replace(ID, other) + last);
  await world.sandbox.hit(2);
  socket.destroy();
  await world.sandbox.idle();
  expect(world.sandbox.hits.map(hit => hit.outcome)).toEqual(['cut', 'cut']);
  await world.logged('request', last === '' ? 2 : 3);
});

it('a client of HTTP/1.0 that ends its side has left', async () => {
  await using world = await openWorld();
  world.sandbox.answer(ID, hang);
  const socket = open(world.gateway.url);
  socket.write(SYNC.replace('HTTP/1.1', 'HTTP/1.0'));
  await world.sandbox.hit(1);
  socket.end();
  await once(socket.resume(), 'close');
  await world.sandbox.idle();
  expect(world.sandbox.hits.map(hit => hit.outcome)).toEqual(['cut']);
});
