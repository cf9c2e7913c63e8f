import { describe, expect, it } from 'vitest';
import { rateLimited } from '../../sandbox/apim.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { hasRedis, startRedis } from '../support/redis.ts';
import { startReplicas } from '../support/replicas.ts';
import { meetingNumber } from '../support/upstream.ts';

if (!hasRedis) throw new Error('These tests need Redis. Install it with: apt-get install redis-server');

const REPLICAS = 3;

/** A sandbox, a Redis, and three gateways on both. */
async function open(env: Readonly<Record<string, string>>) {
  await using made = new AsyncDisposableStack();
  const sandbox = made.use(await startSandbox());
  const redis = made.use(await startRedis());
  const replicas = made.use(
    await startReplicas(REPLICAS, {
      UPSTREAM_URL: sandbox.url,
      REDIS_URL: redis.url,
      CALLER_ID_SECRET: 'a secret of at least thirty-two characters',
      REPLICAS: String(REPLICAS),
      ...env,
    }),
  );
  const all = made.move();
  return { sandbox, redis, replicas, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

describe('three replicas', () => {
  it('keep a hold that one of them has learned, within 100 ms', async () => {
    await using world = await open({});
    const { sandbox, replicas } = world;
    sandbox.answer(meetingNumber(1), rateLimited(57));
    for (let n = 0; n < 10; n += 1) {
      const caller = `caller ${n}`.replace(' ', '-');
      expect((await replicas.ask(meetingNumber(1), caller, n % REPLICAS)).code).toBe('UPSTREAM_RATE_LIMITED');
      await new Promise(resolve => setTimeout(resolve, 100));
      const hits = sandbox.hits.length;
      for (let replica = 0; replica < REPLICAS; replica += 1) {
        expect((await replicas.ask(meetingNumber(2), caller, replica)).code).toBe('UPSTREAM_RATE_LIMITED');
      }
      expect(sandbox.hits).toHaveLength(hits);
    }
  });
});
