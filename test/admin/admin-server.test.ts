import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ADMIN_LIMITS, startAdminServer } from '../../src/admin/admin-server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { LifecycleState } from '../../src/server/lifecycle.ts';
import { Lifecycle } from '../../src/server/lifecycle.ts';
import type { Route } from '../../src/server/router.ts';
import { expectRefusal, send, sendRaw } from '../support/http.ts';
import { createMemoryLog } from '../support/log.ts';

const MAX_CONNECTIONS = 3;

/** An admin server of a gateway in a state. */
async function open(state: LifecycleState = 'ready', routes: readonly Route[] = [], areKeysMissing = false) {
  const { observer, lines } = createMemoryLog();
  const lifecycle = new Lifecycle();
  lifecycle.advance(state);
  const admin = await startAdminServer({
    address: { host: '127.0.0.1', port: 0 },
    maxConnections: MAX_CONNECTIONS,
    lifecycle,
    areKeysMissing: () => areKeysMissing,
    routes,
    clock: systemClock,
    observer,
  });
  return { url: admin.url, lines, [Symbol.asyncDispose]: () => admin[Symbol.asyncDispose]() };
}

const METRICS: Route = {
  path: '/metrics',
  method: 'GET',
  handler: () => ({ status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'up 1\n' }),
};

/** A request of exactly so many bytes of headers, as Node counts them. */
function requestOf(headerBytes: number): string {
  const head = (padding: string) =>
    `GET /live HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\nX: ${padding}\r\n\r\n`;
  const counted = '/live'.length + 'Hostgateway'.length + 'Connectionclose'.length + 'X'.length;
  return head('a'.repeat(headerBytes - counted));
}

describe('the admin port', () => {
  it.each<[LifecycleState, boolean, number, object]>([
    ['starting', false, 503, { status: 'starting', reason: 'The gateway does not listen yet.' }],
    ['starting', true, 503, { status: 'starting', reason: expect.stringContaining('JWT_JWKS_URL') }],
    ['ready', false, 200, { status: 'ready' }],
    ['draining', false, 503, { status: 'draining', reason: 'The gateway is shutting down.' }],
    ['draining', true, 503, { status: 'draining', reason: 'The gateway is shutting down.' }],
    ['stopped', false, 503, { status: 'stopped', reason: 'The gateway has shut down.' }],
  ])(
    'at %s, keys missing: %s, answers /ready with %i, and /live with 200',
    async (state, missing, status, body) => {
      await using admin = await open(state, [], missing);
      const ready = await send(`${admin.url}/ready`);
      expect([ready.status, JSON.parse(ready.text)]).toEqual([status, body]);
      expect(ready.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(ready.headers.get('cache-control')).toContain('no-store');
      const live = await send(`${admin.url}/live`);
      expect([live.status, live.text]).toEqual([200, '{"status":"alive"}']);
    },
  );

  it('serves the routes it is given, and HEAD wherever it serves GET', async () => {
    await using admin = await open('ready', [METRICS]);
    expect((await send(`${admin.url}/metrics`)).text).toBe('up 1\n');
    for (const path of ['/live', '/ready', '/metrics']) {
      const get = await send(admin.url + path);
      const head = await send(admin.url + path, { method: 'HEAD' });
      expect([head.status, head.text]).toEqual([200, '']);
      for (const name of ['content-type', 'content-length'])
        expect(head.headers.get(name)).toBe(get.headers.get(name));
    }
  });

  it('answers 503 also to HEAD while the gateway is not ready', async () => {
    await using admin = await open('draining');
    expect((await send(`${admin.url}/ready`, { method: 'HEAD' })).status).toBe(503);
  });

  it('refuses other paths and methods, with a body or without', async () => {
    await using admin = await open();
    expectRefusal(await send(`${admin.url}/graphql`), 404, 'BAD_REQUEST');
    expectRefusal(await send(`${admin.url}/`), 404, 'BAD_REQUEST');
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await send(`${admin.url}/ready`, { method });
      expectRefusal(answer, 405, 'BAD_REQUEST');
      expect(answer.headers.get('allow')).toBe('GET, HEAD');
    }
    expectRefusal(
      await send(`${admin.url}/ready`, { method: 'POST', body: 'a'.repeat(100_000) }),
      405,
      'BAD_REQUEST',
    );
  });

  it('lets no page of another origin read it', async () => {
    await using admin = await open();
    const answer = await send(`${admin.url}/ready`, { headers: { origin: 'https://app.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each([
    [ADMIN_LIMITS.headerBytes - 1, 200],
    [ADMIN_LIMITS.headerBytes, 431],
    [ADMIN_LIMITS.headerBytes + 1, 431],
  ])('answers a request of %i bytes of headers with %i', async (bytes, status) => {
    await using admin = await open();
    const answer = await sendRaw(admin.url, requestOf(bytes));
    expect(answer.status).toBe(status);
    if (status !== 200) expect(expectRefusal(answer, status, 'LIMIT_EXCEEDED')).toContain('4 KiB');
  });

  it('refuses a connection beyond its limit, and serves again once there are fewer', async () => {
    await using admin = await open();
    const { port } = new URL(admin.url);
    const GET = 'GET /live HTTP/1.1\r\nHost: gateway\r\n\r\n';
    const first = connect(Number(port), '127.0.0.1');
    const others = Array.from({ length: MAX_CONNECTIONS - 1 }, () => connect(Number(port), '127.0.0.1'));
    for (const socket of [first, ...others]) {
      socket.write(GET);
      expect(String(await once(socket, 'data'))).toContain('200 OK');
    }
    expectRefusal(await sendRaw(admin.url, GET), 503, 'OVERLOADED');
    first.end();
    await once(first, 'close');
    expect((await sendRaw(admin.url, GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))).status).toBe(
      200,
    );
    for (const socket of others) socket.destroy();
  });

  it('closes a connection on which half a request has arrived', async () => {
    await using admin = await open();
    const answer = await sendRaw(admin.url, 'GET /live HTTP/1.1\r\nHost: ');
    expectRefusal(answer, 408, 'BAD_REQUEST');
  });

  it('ends at once although connections are open, idle and with half a request', async () => {
    const admin = await open();
    const { port } = new URL(admin.url);
    const idle = connect(Number(port), '127.0.0.1');
    const half = connect(Number(port), '127.0.0.1');
    await Promise.all([once(idle, 'connect'), once(half, 'connect')]);
    half.write('GET /live HTTP/1.1\r\n');
    await send(`${admin.url}/live`);
    const closed = Promise.all([once(idle, 'close'), once(half, 'close')]);
    half.on('error', () => {});
    await admin[Symbol.asyncDispose]();
    await closed;
  });

  it('answers a handler that fails with 500, and says nothing of it but in the log', async () => {
    await using admin = await open('ready', [
      {
        path: '/metrics',
        method: 'GET',
        handler: () => {
          throw new Error('secret');
        },
      },
    ]);
    const answer = await send(`${admin.url}/metrics`);
    expectRefusal(answer, 500, 'INTERNAL_SERVER_ERROR');
    expect(answer.text).not.toContain('secret');
    expect(admin.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });
});
