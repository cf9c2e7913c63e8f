import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readConfig } from '../../src/config/load.ts';
import { limitConnections, OWN_FILES } from '../../src/gateway/connection-limit.ts';
import { REFUSED_CONNECTIONS } from '../../src/server/node-server.ts';
import {
  expectRefusal,
  HELLO,
  HELLO_ANSWER,
  parseAnswer,
  postBody,
  rawHead,
  rawHello,
  sendRaw,
} from '../support/http.ts';
import { LISTENING } from '../support/process.ts';
import { meetingNumber } from '../support/upstream.ts';

/** What comes often is compiled, and the compiler is not to be loaded when there is no file left to open. */
const RUNS = 20;

const ASK = rawHello().replace('Connection: close\r\n', '');

const SYNC = JSON.stringify({ query: `{ syncMeeting(id: "${meetingNumber(1)}") { id } }` });
const ASK_SYNC = `${rawHead(
  'Content-Type: application/json',
  `Content-Length: ${SYNC.length}`,
  'Ocp-Apim-Subscription-Key: key',
)}${SYNC}`.replace('Connection: close\r\n', '');

/** Starts a gateway that may have so many file descriptors open. @returns its process, and where it listens. */
async function startWith(openFiles: number) {
  const child = spawn('/bin/sh', ['-c', `ulimit -n ${openFiles}; exec "$0" src/start.js`, process.execPath], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    env: { PORT: '0', UPSTREAM_URL: 'http://127.0.0.1:9' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  let written = '';
  child.stdout.on('data', chunk => (written += String(chunk)));
  let url: string | undefined;
  while (url === undefined) {
    await once(child.stdout, 'data');
    url = LISTENING.exec(written)?.[1];
  }
  return {
    child,
    exit,
    url,
    written: () => written,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

it('idle connections that take every file descriptor end neither the process nor the connections it has', async () => {
  await using program = await startWith(64);
  const { url } = program;
  const open = () => connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  const served = open();
  await once(served, 'connect');

  const idle = Array.from({ length: 100 }, open);
  // The system has no descriptor for some of them: Node accepts and closes them at once.
  await Promise.race(idle.map(socket => once(socket.resume(), 'close')));
  for (let n = 0; n < RUNS; n += 1) {
    served.write(ASK);
    expect(String((await once(served, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
  }

  for (const socket of idle) socket.destroy();
  // The breaker is closed: it would give a retryAfter.
  await expect
    .poll(
      async () => {
        served.write(ASK_SYNC);
        const [answer] = await once(served, 'data');
        return parseAnswer(String(answer)).text;
      },
      { timeout: 30_000 },
    )
    .toMatch(/"code":"UPSTREAM_UNAVAILABLE","retryable":true,"requestId"/);
  const asked = () => postBody(url, HELLO).catch(() => undefined);
  await expect.poll(asked, { timeout: 30_000 }).toMatchObject({ status: 200, text: HELLO_ANSWER });
  served.destroy();
  program.child.kill('SIGTERM');
  expect(await program.exit).toEqual([0, null]);
});

it('with too few file descriptors for MAX_CONNECTIONS fewer connections are accepted, further clients are told, and so is the log', async () => {
  await using program = await startWith(64);
  const { url } = program;
  const [, line = ''] = /^(.*too low for MAX_CONNECTIONS.*)$/m.exec(program.written()) ?? [];
  const { level, openFiles, neededFiles, maxConnections, msg } = JSON.parse(line);
  expect([level, openFiles, neededFiles]).toEqual([40, 64, 10_000 + 64 + REFUSED_CONNECTIONS + OWN_FILES]);
  expect(msg).toContain('UPSTREAM_MAX_IN_FLIGHT');
  const idle = [];
  for (let n = 0; n < maxConnections; n += 1) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
    socket.write(ASK);
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
    idle.push(socket);
  }
  for (let n = 0; n < 30; n += 1) expectRefusal(await sendRaw(url, ''), 503, 'OVERLOADED');
  idle[0]?.destroy();
  await expect.poll(async () => (await sendRaw(url, rawHello())).status, { timeout: 30_000 }).toBe(200);
  for (const socket of idle) socket.destroy();
});

it.each([
  [10_204, 10_000],
  [10_203, 9_999],
  [1_024, 820],
  [256, 72],
  [64, 8],
  [40, 1],
  [Number.POSITIVE_INFINITY, 10_000],
])('of %d file descriptors clients get %d', (openFiles, connections) => {
  expect(limitConnections(readConfig({}), openFiles).maxConnections).toBe(connections);
});
