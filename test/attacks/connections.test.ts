import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { Lifecycle } from '../../src/server/lifecycle.ts';
import { createHttpServer, REFUSED_CONNECTIONS } from '../../src/server/node-server.ts';
import { expectRefusal, HELLO_ANSWER, listen, rawHello, sendRaw } from '../support/http.ts';
import { createMemoryLog } from '../support/log.ts';
import { openWorld } from '../support/world.ts';

/** Enough for a busy machine. */
const POLLING = { timeout: 30_000 };

/** Opens a connection that is served, and stays. */
async function stay(url: string): Promise<Socket> {
  const { port, hostname } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname }).on('error', () => {});
  socket.write('GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n');
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
  return socket;
}

it('as many connections are served as MAX_CONNECTIONS says, and the next is told 503 without asking', async () => {
  await using world = await openWorld({ env: { MAX_CONNECTIONS: '3' } });
  const { url } = world.gateway;
  const staying = [await stay(url), await stay(url)];
  const [first] = staying;
  expect(await sendRaw(url, rawHello())).toMatchObject({ status: 200, text: HELLO_ANSWER });
  staying.push(await stay(url));
  const refused = await sendRaw(url, '');
  expectRefusal(refused, 503, 'OVERLOADED');
  expect([refused.headers.get('retry-after'), refused.headers.get('connection')]).toEqual(['1', 'close']);
  expect(JSON.parse(refused.text).errors[0].extensions).toMatchObject({ retryable: true, retryAfter: 1 });
  first?.write('GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n');
  if (first) await once(first, 'data');

  first?.destroy();
  await expect.poll(async () => (await sendRaw(url, rawHello())).status, POLLING).toBe(200);
  for (const socket of staying) socket.destroy();
});

it('a request on a connection that is too many is not begun', async () => {
  await using world = await openWorld({ env: { MAX_CONNECTIONS: '1' } });
  const staying = await stay(world.gateway.url);
  const answer = await sendRaw(world.gateway.url, rawHello());
  expectRefusal(answer, 503, 'OVERLOADED');
  expect(answer.wire).not.toContain('"data"');
  await world.logged('request', 2);
  expect(world.lines.map(({ fields }) => fields['status'])).toEqual([200, 503]);
  staying.destroy();
});

it('connections that are told so are bounded, too', () => {
  const { server } = createHttpServer({
    listener: () => {},
    observer: createMemoryLog().observer,
    lifecycle: new Lifecycle(),
    maxConnections: 5,
  });
  expect(server.maxConnections).toBe(5 + REFUSED_CONNECTIONS);
});

it('a connection that cannot be accepted ends nothing but an idle one, and fills no log', async () => {
  const { observer, lines } = createMemoryLog();
  const { server, close } = createHttpServer({
    listener: (_request, response) => response.end('served'),
    observer,
    lifecycle: new Lifecycle(),
    maxConnections: 5,
  });
  const port = await listen(server);
  const idle = connect(port, '127.0.0.1');
  await once(server, 'connection');
  const noDescriptor = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' });
  const closed = once(idle, 'close');
  for (let n = 0; n < 1_000; n += 1) server.emit('error', noDescriptor);
  await closed;
  expect((await sendRaw(`http://127.0.0.1:${port}`, rawHello())).text).toBe('served');
  expect(lines.map(({ level, fields }) => [level, fields])).toEqual([['error', { code: 'EMFILE' }]]);
  await close();
});
