import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { MAX_BODY_BYTES } from '../../src/gateway.ts';
import { SignalSource } from '../../src/lib/signal.ts';
import { BodyBudget, UNFINISHED_BYTES } from '../../src/server/body-budget.ts';
import { HttpError } from '../../src/server/http-error.ts';
import { Lifecycle } from '../../src/server/lifecycle.ts';
import { createHttpServer } from '../../src/server/node-server.ts';
import { readBody } from '../../src/server/read-body.ts';
import type { RawAnswer } from '../support/http.ts';
import {
  expectRefusal,
  HELLO,
  HELLO_ANSWER,
  listen,
  parseAnswer,
  postBody,
  rawHead,
} from '../support/http.ts';
import { createMemoryLog } from '../support/log.ts';
import { openWorld } from '../support/world.ts';

/** Sends all of a body but its last byte. @returns the connection, and what is answered before it is closed. */
function stall(url: string, bytes: number): { socket: Socket; answer: Promise<RawAnswer> } {
  const { port, hostname } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname }).on('error', () => {});
  const head = rawHead('Content-Type: application/json', `Content-Length: ${bytes + 1}`);
  socket.write(head + ' '.repeat(bytes));
  let wire = '';
  socket.on('data', chunk => (wire += String(chunk)));
  return { socket, answer: once(socket, 'close').then(() => parseAnswer(wire)) };
}

/** Enough for a busy machine. */
const POLLING = { timeout: 30_000 };

it('unfinished bodies may hold 32 MiB', () => {
  expect(UNFINISHED_BYTES).toBe(32 * 1024 * 1024);
});

it('of 500 stalled bodies those that are too many are refused with 503, and others are served', async () => {
  await using world = await openWorld();
  const bytes = MAX_BODY_BYTES - 1;
  const tooMany = 500 - Math.floor(UNFINISHED_BYTES / bytes);
  const refused: RawAnswer[] = [];
  const enough = Promise.withResolvers<void>();
  const stalled = Array.from({ length: 500 }, () => stall(world.gateway.url, bytes));
  for (const { answer } of stalled) {
    void answer.then(one => {
      refused.push(one);
      if (refused.length === tooMany) enough.resolve();
    });
  }
  await enough.promise;
  for (const answer of refused) {
    expectRefusal(answer, 503, 'OVERLOADED');
    expect([answer.headers.get('retry-after'), answer.headers.get('connection')]).toEqual(['1', 'close']);
    expect(JSON.parse(answer.text).errors[0].extensions).toMatchObject({ retryable: true, retryAfter: 1 });
  }
  expect(await postBody(world.gateway.url, HELLO)).toMatchObject({ status: 200, text: HELLO_ANSWER });
  for (const { socket } of stalled) socket.destroy();
});

/** A server that reads bodies within a budget and answers with their lengths, or the status of their refusal. */
async function openReader(budget: number) {
  let settled = 0;
  const sizes: number[] = [];
  class WatchedBudget extends BodyBudget {
    override hold(...args: Parameters<BodyBudget['hold']>): void {
      super.hold(...args);
      sizes.push(args[1]);
    }
  }
  const limits = { maxBodyBytes: MAX_BODY_BYTES, bodyBudget: new WatchedBudget(budget) };
  const listener: RequestListener = (request, response) => {
    readBody(request, limits, new SignalSource(), body => body.length)
      .then(
        length => response.end(String(length)),
        (error: unknown) => response.writeHead(error instanceof HttpError ? error.status : 500).end(),
      )
      .finally(() => (settled += 1));
  };
  const { server, close } = createHttpServer({
    listener,
    observer: createMemoryLog().observer,
    lifecycle: new Lifecycle(),
    maxConnections: 10,
  });
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    sizes,
    held: (times: number) => expect.poll(() => sizes.length, POLLING).toBe(times),
    settled: (times: number) => expect.poll(() => settled, POLLING).toBe(times),
    [Symbol.asyncDispose]: () => close(),
  };
}

it.each([
  [2_001, [200, 200]],
  [2_000, [200, 200]],
  [1_999, [503, 200]],
])(
  'two unfinished bodies of 1,000 bytes, where %i are accepted: the one that began first is refused if any',
  async (budget, statuses) => {
    await using reader = await openReader(budget);
    const first = stall(reader.url, 1_000);
    await reader.held(1);
    const second = stall(reader.url, 1_000);
    await reader.held(2);
    for (const { socket } of [first, second]) socket.write(' ');
    const answers = await Promise.all([first.answer, second.answer]);
    expect(answers.map(({ status }) => status)).toEqual(statuses);
  },
);

it.each(['arrived', 'broke off'])('a body that %s is no longer counted', async how => {
  await using reader = await openReader(2_500);
  const first = stall(reader.url, 1_000);
  await reader.held(1);
  const second = stall(reader.url, 1_000);
  await reader.held(2);
  if (how === 'arrived') second.socket.write(' ');
  else second.socket.resetAndDestroy();
  await reader.settled(1);
  const third = stall(reader.url, 1_000);
  await reader.held(3);
  for (const { socket } of [first, third]) socket.write(' ');
  const answers = await Promise.all([first.answer, third.answer]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
});

it('a body in chunks of one byte holds at most twice its size', async () => {
  await using reader = await openReader(MAX_BODY_BYTES);
  const { port } = new URL(reader.url);
  const socket = connect({ port: Number(port), host: '127.0.0.1' });
  socket.write(rawHead('Transfer-Encoding: chunked') + '1\r\na\r\n'.repeat(30_000));
  socket.write('0\r\n\r\n');
  let wire = '';
  socket.on('data', chunk => (wire += String(chunk)));
  await once(socket, 'close');
  expect(wire).toContain('30000');
  expect(reader.sizes.length).toBeGreaterThan(20_000);
  expect(reader.sizes.every((bytes, index) => bytes <= 2 * (index + 1))).toBe(true);
});
