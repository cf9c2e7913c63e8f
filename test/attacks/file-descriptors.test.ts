import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { HELLO, HELLO_ANSWER, postBody } from '../support/http.ts';
import { startGatewayProgram } from '../support/process.ts';

const LISTENING = /"url":"(http:[^"]+)"/;
const GET = 'GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n';

it('idle connections that take every file descriptor end neither the process nor the connections it has', async () => {
  await using program = startGatewayProgram({ UPSTREAM_URL: 'http://127.0.0.1:9' }, 64);
  const [, url = ''] = await program.says(LISTENING);
  const open = () => connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  const served = open();
  served.write(GET);
  await once(served, 'data');

  const idle = Array.from({ length: 100 }, open);
  // The system has no descriptor for some of them: Node accepts and closes them at once.
  await Promise.race(idle.map(socket => once(socket.resume(), 'close')));
  served.write(GET);
  expect(String((await once(served, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);

  for (const socket of idle) socket.destroy();
  const asked = () => postBody(url, HELLO).catch(() => undefined);
  await expect.poll(asked, { timeout: 30_000 }).toMatchObject({ status: 200, text: HELLO_ANSWER });
  served.destroy();
  program.child.kill('SIGTERM');
  expect(await program.exit).toBe(0);
});
