import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { hang } from '../../sandbox/reply.ts';
import { readConfig } from '../../src/config/load.ts';
import { startGateway } from '../../src/gateway.ts';
import { createManualClock } from '../support/clock.ts';
import { listen, send } from '../support/http.ts';
import { createSigner, openChecked, publish, reply } from '../support/key-server.ts';
import { createMemoryLog } from '../support/log.ts';
import { meetingNumber } from '../support/upstream.ts';
import type { World } from '../support/world.ts';
import { askAndWait, openWorld } from '../support/world.ts';

const ADMIN = { ADMIN_PORT: '0' };

async function probe(
  { gateway }: Pick<World, 'gateway'>,
  path = '/ready',
): Promise<readonly [number, unknown]> {
  const { status, text } = await send(`${gateway.adminUrl}${path}`);
  return [status, JSON.parse(text)];
}

const READY = [200, { status: 'ready' }];
const KEYS_MISSING = [503, { status: 'starting', reason: expect.stringContaining('JWT_JWKS_URL') }];

describe('a gateway with an admin port', () => {
  it('is alive and ready, serves neither on its public port, and logs no probe', async () => {
    await using world = await openWorld({ env: ADMIN });
    expect(await probe(world)).toEqual(READY);
    expect(await probe(world, '/live')).toEqual([200, { status: 'alive' }]);
    expect(world.lines).toEqual([]);
    for (const path of ['/live', '/ready', '/metrics'])
      expect((await send(new URL(path, world.gateway.url))).status).toBe(404);
    expect((await send(`${world.gateway.adminUrl}/graphql`)).status).toBe(404);
  });

  it('opens none by default', async () => {
    await using world = await openWorld();
    expect(world.gateway.adminUrl).toBeNull();
  });

  it('stays ready while its upstream is down', async () => {
    await using world = await openWorld({ env: ADMIN });
    world.sandbox.answerAll(hang);
    await world.sandbox.close();
    const { errors } = await world.ask(`{ syncMeeting(id: "${meetingNumber(1)}") { id } }`);
    expect(errors).toHaveLength(1);
    expect(await probe(world)).toEqual(READY);
  });

  it('is not ready from the moment it is closed, but alive until the last request is answered', async () => {
    await using world = await openWorld({ env: ADMIN });
    const id = meetingNumber(1);
    const { release, asked } = await askAndWait(world, id);
    const closed = world.gateway.close();
    expect(await probe(world)).toEqual([503, { status: 'draining', reason: expect.any(String) }]);
    expect(await probe(world, '/live')).toEqual([200, { status: 'alive' }]);
    release();
    expect((await asked).errors).toEqual([]);
    await closed;
    await expect(probe(world)).rejects.toThrow();
  });

  it('leaves no port open where it cannot listen on the other one', async () => {
    await using taken = createServer();
    const admin = createServer();
    const [port, adminPort] = [await listen(taken), await listen(admin)];
    admin.close();
    await once(admin, 'close');
    const config = readConfig({ PORT: String(port), ADMIN_PORT: String(adminPort) });
    const [result] = await Promise.allSettled([startGateway({ config, log: createMemoryLog().log })]);
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'EADDRINUSE' } });
    await expect(send(`http://127.0.0.1:${adminPort}/live`)).rejects.toThrow();
  });
});

describe('a gateway that verifies tokens', () => {
  it('fetches the keys without waiting for a token, and is ready then', async () => {
    const key = await createSigner('ES256');
    const released = Promise.withResolvers<void>();
    const { promise: isReady, resolve: onReady } = Promise.withResolvers<void>();
    await using checked = await openChecked(
      (request, response) => void released.promise.then(() => publish([key.jwk])(request, response)),
      { env: ADMIN },
    );
    checked.world.gateway.lifecycle.onChange(() => onReady());
    await checked.keyServer.asked(1);
    expect(checked.world.gateway.lifecycle.state).toBe('starting');
    expect(await probe(checked.world)).toEqual(KEYS_MISSING);
    released.resolve();
    await isReady;
    expect(await probe(checked.world)).toEqual(READY);
    expect(checked.keyServer.fetches()).toBe(1);
  });

  it('tries again each five seconds until it has the keys, and stays ready when the key server is lost', async () => {
    const key = await createSigner('ES256');
    const clock = createManualClock();
    await using checked = await openChecked(reply(503, 'down'), { env: ADMIN, clock });
    const { promise: isReady, resolve: onReady } = Promise.withResolvers<void>();
    checked.world.gateway.lifecycle.onChange(() => onReady());
    for (const fetches of [1, 2]) {
      await checked.keyServer.asked(fetches);
      await clock.awaited(5_000);
      expect(await probe(checked.world)).toEqual(KEYS_MISSING);
      clock.advance(4_999);
      expect(checked.keyServer.fetches()).toBe(fetches);
      if (fetches === 2) checked.keyServer.answer(publish([key.jwk]));
      clock.advance(1);
    }
    await isReady;
    expect(checked.keyServer.fetches()).toBe(3);
    checked.keyServer.answer(reply(503, 'down'));
    clock.advance(24 * 60 * 60_000);
    expect(await probe(checked.world)).toEqual(READY);
  });

  it('tries no more once it is closed', async () => {
    const clock = createManualClock();
    await using checked = await openChecked(reply(503, 'down'), { clock });
    await clock.awaited(5_000);
    await checked.world.gateway.close();
    await clock.left(0);
    clock.advance(5_000);
    expect(checked.keyServer.fetches()).toBe(1);
  });
});
