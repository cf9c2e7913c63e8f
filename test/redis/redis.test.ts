import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rateLimited } from '../../sandbox/apim.ts';
import { readConfig } from '../../src/config/load.ts';
import type { RedisServer } from '../support/redis.ts';
import { BACK, contentsOf, hasRedis, LOST, startRedis } from '../support/redis.ts';
import { meetingNumber } from '../support/upstream.ts';
import type { World } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

const SECRET = 'a secret of at least thirty-two characters';

if (!hasRedis) {
  process.stderr.write('\nNot run: the tests with Redis. Install it with: apt-get install redis-server\n\n');
}

const CHANNEL_REFUSED = 'Redis refuses the channel of holds: this replica does not learn of those of others';
const CHANNEL_ACCEPTED = 'Redis accepts the channel of holds again';
const MESSAGE_REFUSED =
  'Redis refuses messages about holds: other replicas do not learn of those of this one';
const MESSAGE_ACCEPTED = 'Redis accepts messages about holds again';

const HEADERS = { authorization: 'Bearer canary-token', 'ocp-apim-subscription-key': 'sandbox-canary-key' };

const open = (url: string, env: Readonly<Record<string, string>> = {}) =>
  openWorld({ env: { REDIS_URL: url, CALLER_ID_SECRET: SECRET, REPLICAS: '2', ...env } });

const codesOf = async (
  world: World,
  from: number,
  count: number,
  headers: Record<string, string> = HEADERS,
) => {
  const ids = Array.from({ length: count }, (_, n) => meetingNumber(from + n));
  const { errors } = await world.ask(`{ syncMeetings(ids: ${JSON.stringify(ids)}) { id } }`, { headers });
  return errors.map(({ extensions }) => extensions.code);
};

const limited = (count: number) => Array.from({ length: count }, () => 'RATE_LIMITED');

/** Redis, and two gateways on it. */
async function openTwo(env: Readonly<Record<string, string>>) {
  await using made = new AsyncDisposableStack();
  const redis: RedisServer = made.use(await startRedis());
  const one = made.use(await open(redis.url, env));
  const two = made.use(await open(redis.url, env));
  const all = made.move();
  return { redis, one, two, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

describe.skipIf(!hasRedis)('two replicas on one Redis', () => {
  it('share what a caller may ask for', async () => {
    await using both = await openTwo({ CALLER_MEETINGS_PER_MINUTE: '1', CALLER_BURST: '5' });
    expect(await codesOf(both.one, 1, 3)).toEqual([]);
    expect(await codesOf(both.two, 1, 3)).toEqual(limited(1));
    expect(await codesOf(both.one, 1, 1)).toEqual(limited(1));
    expect(await codesOf(both.two, 1, 2, { ...HEADERS, authorization: 'Bearer other' })).toEqual([]);
  });

  it('share the pace of calls', async () => {
    await using both = await openTwo({
      UPSTREAM_CALLS_PER_SECOND: '0.1',
      UPSTREAM_BURST: '5',
      REQUEST_TIMEOUT_MS: '1000',
      UPSTREAM_ATTEMPT_TIMEOUT_MS: '900',
    });
    const ends = await Promise.all([codesOf(both.one, 1, 5), codesOf(both.two, 1, 5)]);
    expect(ends.flat()).toEqual(Array.from({ length: 5 }, () => 'OVERLOADED'));
    expect(both.one.sandbox.hits.length + both.two.sandbox.hits.length).toBe(5);
  });

  it('tell each other what is held, and what no longer is', async () => {
    await using both = await openTwo({});
    const { one, two } = both;
    one.sandbox.answer(meetingNumber(1), rateLimited(57));
    expect(await codesOf(one, 1, 1)).toEqual(['UPSTREAM_RATE_LIMITED']);
    await expect.poll(() => codesOf(two, 2, 1), { interval: 5 }).toEqual(['UPSTREAM_RATE_LIMITED']);
    const hits = two.sandbox.hits.length;
    expect(await codesOf(two, 3, 5)).toHaveLength(5);
    expect(two.sandbox.hits).toHaveLength(hits);
    expect(await codesOf(two, 3, 1, { ...HEADERS, authorization: 'Bearer other' })).toEqual([]);
  });

  it('do not share holds while Redis refuses the channel, and say so', async () => {
    await using both = await openTwo({});
    const { redis, one, two } = both;
    const isShared = async (caller: string): Promise<boolean> => {
      const headers = { ...HEADERS, authorization: `Bearer ${caller}` };
      one.sandbox.answer(meetingNumber(1), rateLimited(57));
      expect(await codesOf(one, 1, 1, headers)).toEqual(['UPSTREAM_RATE_LIMITED']);
      return (await codesOf(two, 2, 1, headers)).length > 0;
    };
    // Redis closes the connections that have subscribed to what they no longer may.
    await redis.client.call('ACL', 'SETUSER', 'default', 'resetchannels');
    await Promise.all([one, two].map(world => world.logged(CHANNEL_REFUSED, 1)));
    expect(await isShared('one')).toBe(false);
    await one.logged(MESSAGE_REFUSED, 1);
    await redis.client.call('ACL', 'SETUSER', 'default', 'allchannels');
    await Promise.all([one, two].map(world => world.logged(CHANNEL_ACCEPTED, 1)));
    let callers = 0;
    await expect.poll(() => isShared(`caller-${callers++}`), { interval: 20, timeout: 5_000 }).toBe(true);
    await one.logged(MESSAGE_ACCEPTED, 1);
    expect([one, two].flatMap(world => world.lines.filter(({ message }) => message === LOST))).toEqual([]);
  });

  it('go on by themselves when it dies, and share again when it is back', async () => {
    await using both = await openTwo({ CALLER_MEETINGS_PER_MINUTE: '1', CALLER_BURST: '4' });
    const { redis, one, two } = both;
    expect(await codesOf(one, 1, 4)).toEqual([]);
    await redis.kill();
    await Promise.all([one, two].map(({ logged }) => logged(LOST, 1)));
    // Each has half of the burst; one of them has granted all of it before.
    expect(await codesOf(one, 1, 3)).toEqual(limited(3));
    expect(await codesOf(two, 1, 3)).toEqual(limited(1));
    await redis.start();
    await Promise.all([one, two].map(({ logged }) => logged(BACK, 1)));
    // It has lost all that was granted before it died; the replicas have not.
    expect(await codesOf(two, 1, 3)).toEqual(limited(1));
    expect(await codesOf(one, 1, 1)).toEqual(limited(1));
    for (const { lines } of [one, two]) {
      expect(lines.filter(({ message }) => message === LOST || message === BACK)).toHaveLength(2);
    }
  });

  it('leave nothing in it that is a credential, or could be one', async () => {
    await using both = await openTwo({
      CALLER_MEETINGS_PER_MINUTE: '60',
      UPSTREAM_CALLS_PER_SECOND: '100',
      UPSTREAM_HOLD: 'key',
    });
    const { redis, one, two } = both;
    const monitor = await redis.client.duplicate().monitor();
    const seen: string[] = [];
    monitor.on('monitor', (_time, args: string[]) => seen.push(args.join(' ')));
    const messages: string[] = [];
    await using listener = { redis: redis.client.duplicate(), [Symbol.asyncDispose]: async () => {} };
    listener.redis.on('message', (_channel, message: string) => messages.push(message));
    await listener.redis.subscribe('luminus-zoom-gateway:holds');
    one.sandbox.answer(meetingNumber(1), rateLimited(57));
    await codesOf(two, 2, 3);
    await codesOf(one, 1, 1);
    await expect.poll(() => messages.length).toBeGreaterThan(0);
    const contents = await contentsOf(redis.client);
    expect(contents).toMatch(/luminus-zoom-gateway:caller:[0-9a-f]{12}"/);
    const all = contents + seen.join('\n') + messages.join('\n');
    const { authorization, 'ocp-apim-subscription-key': key } = HEADERS;
    for (const text of [
      'canary',
      authorization,
      key,
      `${key} ${authorization.slice(-64)}`,
      `caller ${key} ${authorization}`,
    ]) {
      expect(all).not.toContain(text);
      for (const algorithm of ['sha1', 'sha256', 'sha512']) {
        for (const encoding of ['hex', 'base64', 'base64url'] as const) {
          expect(all).not.toContain(hash(algorithm, text, encoding).slice(0, 12));
        }
      }
    }
    // Every key expires by itself: -1 would be one that does not, and -2 is one that just has.
    for (const name of await redis.client.keys('*')) expect(await redis.client.pttl(name)).not.toBe(-1);
    monitor.disconnect();
    listener.redis.disconnect();
  });
});

describe.skipIf(!hasRedis)('a gateway whose Redis refuses its password', () => {
  it('says so at once, and starts', async () => {
    await using redis = await startRedis();
    await redis.client.config('SET', 'requirepass', 'right');
    await using world = await open(redis.url.replace('//', '//:wrong@'));
    expect(world.lines.filter(({ message }) => message === LOST)).toMatchObject([
      { fields: { setting: 'REDIS_URL', reason: 'WRONGPASS' } },
    ]);
    expect(await codesOf(world, 1, 2)).toEqual([]);
  });
});

describe('a gateway whose Redis is not there', () => {
  it('says so at once, and starts', async () => {
    await using world = await open('redis://127.0.0.1:1');
    expect(world.lines.filter(({ message }) => message === LOST)).toMatchObject([
      { fields: { setting: 'REDIS_URL', reason: 'ECONNREFUSED' } },
    ]);
    expect(await codesOf(world, 1, 2)).toEqual([]);
  });
});

describe('the settings of Redis', () => {
  const config = (env: Readonly<Record<string, string>>) => () => readConfig(env);
  const url = 'redis://127.0.0.1:1';

  it.each([
    [31, false],
    [32, true],
    [33, true],
  ])('need a secret of 32 characters: %i are enough: %j', (length, isEnough) => {
    const read = config({ REDIS_URL: url, CALLER_ID_SECRET: 's'.repeat(length) });
    if (isEnough) expect(read).not.toThrow();
    else expect(read).toThrow('CALLER_ID_SECRET must be 32 to 1024 characters');
  });

  it('need a secret at all, and a URL of Redis', () => {
    expect(config({ REDIS_URL: url })).toThrow('CALLER_ID_SECRET must be set where REDIS_URL is');
    expect(config({ REDIS_URL: 'http://user:canary@host' })).toThrow(
      /REDIS_URL must be a redis: or rediss: URL(?!.*canary)/s,
    );
    expect(config({ REDIS_URL: 'rediss://user:pass@host:6380/1', CALLER_ID_SECRET: SECRET })).not.toThrow();
  });
});
