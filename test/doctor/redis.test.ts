import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../sandbox/server.ts';
import { diagnose, firstFailure } from '../support/doctor.ts';
import { listen } from '../support/http.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

async function diagnoseRedis(url: string) {
  await using sandbox = await startSandbox();
  return await diagnose({
    UPSTREAM_URL: sandbox.url,
    REDIS_URL: url,
    CALLER_ID_SECRET: 'canary'.repeat(10),
  });
}

describe('without REDIS_URL', () => {
  it('there is nothing to check', async () => {
    await using sandbox = await startSandbox();
    const { lines } = await diagnose({ UPSTREAM_URL: sandbox.url });
    expect(lines['redis']).toMatch(/^– Redis {12}REDIS_URL is not set/);
  });
});

describe('a Redis that cannot be reached', () => {
  it('because nothing listens on its port', async () => {
    const diagnosis = await diagnoseRedis('redis://canary:canary@127.0.0.1:1');
    expect(firstFailure(diagnosis)).toBe('redis');
    expect(diagnosis.lines['redis']).toMatch(
      /127\.0\.0\.1:1 cannot be used \(ECONNREFUSED\)\. Correct REDIS_URL/,
    );
    expect(diagnosis.output).not.toContain('canary');
  });

  it('because it does not answer', async () => {
    await using server = createServer(socket => socket.resume());
    const diagnosis = await diagnoseRedis(`redis://127.0.0.1:${await listen(server)}`);
    expect(diagnosis.lines['redis']).toMatch(/cannot be used \(timeout\)/);
  });
});

describe.skipIf(!hasRedis)('a Redis', () => {
  it('that can be used passes', async () => {
    await using redis = await startRedis();
    const diagnosis = await diagnoseRedis(redis.url);
    expect(firstFailure(diagnosis)).toBeNull();
    expect(diagnosis.lines['redis']).toMatch(/^✓ Redis {12}127\.0\.0\.1:\d+ accepts commands$/);
  });

  it.each([
    ['requires a password', ['requirepass', 'right'], /\(NOAUTH\)\. Give REDIS_URL the user/],
    ['has no memory left', ['maxmemory', '1'], /\(OOM\)\. Redis has no memory left/],
  ] as const)('that %s fails with what to do', async (_, [name, value], line) => {
    await using redis = await startRedis();
    await redis.client.config('SET', name, value);
    const { lines } = await diagnoseRedis(redis.url);
    expect(lines['redis']).toMatch(line);
  });

  it('that is a read-only replica fails with what to do', async () => {
    await using primary = await startRedis();
    await using replica = await startRedis();
    await replica.client.replicaof('127.0.0.1', new URL(primary.url).port);
    const { lines } = await diagnoseRedis(replica.url);
    expect(lines['redis']).toMatch(/\(READONLY\)\. REDIS_URL names a replica/);
  });
});
