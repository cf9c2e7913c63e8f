import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { listen } from '../support/http.ts';
import { createMemoryLog } from '../support/log.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';

/** So many failures open the breaker. */
const MIN_ATTEMPTS = 3;

/** An upstream whose responses are these bytes. */
async function startServer(bytes: string) {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer(socket => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => socket.write(bytes, 'latin1'));
  });
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    connections: () => connections,
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

it.each([
  ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ['SMTP', '220 mail.example ESMTP\r\n'],
  ['TLS', '\x15\x03\x03\x00\x02\x02\x46'],
  ['a version of HTTP that does not exist', 'HTTP/9.9 200 OK\r\n\r\n'],
  ['HTTP with a header that is none', 'HTTP/1.1 200 OK\r\nno colon\r\n\r\n'],
])('an upstream that speaks %s sends invalid responses: no retry, and no outage', async (_what, bytes) => {
  using server = await startServer(bytes);
  const { log, lines } = createMemoryLog();
  await using upstream = openUpstream(server, { log, breaker: { minAttempts: MIN_ATTEMPTS } });
  for (let n = 1; n <= MIN_ATTEMPTS + 1; n += 1) {
    const { context, finish } = createRequestContext('test', 5_000, systemClock);
    await expect(upstream.sync(meetingNumber(1), callerNamed('a'), context)).rejects.toMatchObject({
      code: 'UPSTREAM_INVALID_RESPONSE',
    });
    expect([context.stats.retries, server.connections()]).toEqual([0, n]);
    finish();
  }
  expect(lines.map(({ message }) => message)).not.toContainEqual(expect.stringContaining('breaker'));
});
