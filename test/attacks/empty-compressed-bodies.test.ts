import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { listen } from '../support/http.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n';
const gzipHeader = (flags: number) => Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3]);
const HAS_FILE_NAME = 8;

/** An upstream that starts every response with some bytes and repeats others for as long as the connection is open. */
function createEndlessServer(start: Buffer, repeated: Buffer): Server {
  const chunk = Buffer.concat(new Array<Buffer>(Math.floor(65_536 / repeated.length)).fill(repeated));
  return createServer(socket => {
    const send = (): void => {
      if (!socket.destroyed) socket.write(chunk, send);
    };
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(HEAD);
      socket.write(start, send);
    });
  });
}

it.each([
  ['stored blocks without content', gzipHeader(0), Buffer.from([0, 0, 0, 0xff, 0xff])],
  ['a file name', gzipHeader(HAS_FILE_NAME), Buffer.from('x')],
  ['members without content', Buffer.alloc(0), gzipSync('')],
])('a gzip of endless %s is refused for the bytes that arrive', async (_what, start, repeated) => {
  const server = createEndlessServer(start, repeated);
  const url = `http://127.0.0.1:${await listen(server)}`;
  // Far more than it takes: a body whose bytes are not counted ends by this time alone.
  await using upstream = openUpstream({ url }, { attemptTimeout: 4_000 });
  const { context, finish } = createRequestContext('test', 10_000, systemClock);
  const call = upstream.sync(meetingNumber(1), callerNamed('a'), context);
  await expect(call).rejects.toMatchObject({
    code: 'UPSTREAM_INVALID_RESPONSE',
    cause: { body: 'too large' },
  });
  finish();
  server.close();
});
