import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { HELLO, HELLO_ANSWER, parseAnswer, postBody, rawHead, rawHello } from '../support/http.ts';
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
    url = /"url":"(http:[^"]+)"/.exec(written)?.[1];
  }
  return {
    child,
    exit,
    url,
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

  // An upstream call would need one, too. These are more than failures of the upstream may be.
  for (let n = 0; n < RUNS + 10; n += 1) {
    served.write(ASK_SYNC);
    expect(String((await once(served, 'data'))[0])).toContain('"code":"OVERLOADED"');
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
