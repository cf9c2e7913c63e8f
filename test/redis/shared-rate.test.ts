import { describe, expect, it } from 'vitest';
import { NO_LOG } from '../../src/doctor/no-log.ts';
import { createObserver } from '../../src/observability/create-observer.ts';
import { RedisLink } from '../../src/redis/link.ts';
import { SharedRate } from '../../src/redis/shared-rate.ts';
import { createManualClock } from '../support/clock.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

const REPLICAS = 3;

/** One a minute in the long run, and six at once: in a test, nothing comes back by itself. */
const RATE = { interval: 60_000, burst: 6 };

const OBSERVER = createObserver([], NO_LOG);

/** Three replicas on one Redis; their clock moves by hand, and that of Redis by itself. */
async function open() {
  await using made = new AsyncDisposableStack();
  const redis = made.use(await startRedis());
  const clock = createManualClock();
  const links = Array.from({ length: REPLICAS }, () =>
    made.use(new RedisLink({ url: new URL(redis.url), prefix: 'test:' }, clock, OBSERVER)),
  );
  await Promise.all(links.map(link => link.started()));
  const rates = links.map(link => new SharedRate(RATE, REPLICAS, link, clock));
  const [link] = links;
  const [one, two, three] = rates;
  if (one === undefined || two === undefined || three === undefined || link === undefined)
    throw new Error('there are three');
  /** Another replica, on the connection of the first. */
  const more = (): SharedRate => new SharedRate(RATE, REPLICAS, link, clock);
  const all = made.move();
  return { redis, clock, one, two, three, more, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

describe.skipIf(!hasRedis)('a rate that three replicas share', () => {
  it('grants its burst once', async () => {
    await using world = await open();
    const { one, two, three } = world;
    expect(await one.take('key', 4)).toMatchObject({ granted: 4 });
    expect(await two.take('key', 4)).toMatchObject({ granted: 2 });
    expect(await three.take('key', 1)).toMatchObject({ granted: 0 });
    expect(await three.take('other', 1)).toMatchObject({ granted: 1 });
  });

  it('grants each replica its part without Redis, from the debt that it knows', async () => {
    await using world = await open();
    const { one, two, three } = world;
    await one.take('key', 3);
    await two.take('key', 0);
    // Of the part of two, which is a third of the burst, half is left: half of the whole burst is gone.
    expect([one, two].map(rate => rate.takeWithout('key', 2).granted)).toEqual([1, 1]);
    // This one has not been told of the key.
    expect(three.takeWithout('key', 3).granted).toBe(2);
  });

  it('counts in Redis, once, what was granted without it', async () => {
    await using world = await open();
    const { one, two, three } = world;
    for (const rate of [one, two]) expect(rate.takeWithout('key', 5).granted).toBe(2);
    expect(await three.take('key', 0)).toMatchObject({ debt: 0 });
    expect(await one.take('key', 0)).toMatchObject({ debt: expect.closeTo(2 * RATE.interval, -3) });
    expect(await one.take('key', 0)).toMatchObject({ debt: expect.closeTo(2 * RATE.interval, -3) });
    expect(await two.take('key', 6)).toMatchObject({ granted: 2 });
  });

  it('takes back what a replica granted before the others had told Redis what they granted without it', async () => {
    await using world = await open();
    const { one, two, three } = world;
    for (const rate of [one, two, three]) expect(rate.takeWithout('key', 5).granted).toBe(2);
    // This one alone has told Redis: four of six seem to be left.
    expect(await one.take('key', 6)).toMatchObject({ granted: 4 });
    for (const [rate, granted] of [
      [two, 8],
      [three, 10],
    ] as const)
      expect(await rate.take('key', 1)).toMatchObject({
        granted: 0,
        debt: expect.closeTo(granted * RATE.interval, -3),
      });
  });

  it('owes two bursts at most, where there are more replicas than the settings say', async () => {
    await using world = await open();
    const { one, two, three, more } = world;
    const all = [one, two, three, ...Array.from({ length: 5 }, more)];
    for (const rate of all) expect(rate.takeWithout('key', 5).granted).toBe(2);
    expect(await one.take('key', 6)).toMatchObject({ granted: 4 });
    for (const rate of all) await rate.take('key', 1);
    expect(await one.take('key', 1)).toMatchObject({
      granted: 0,
      debt: expect.closeTo(2 * RATE.burst * RATE.interval, -3),
    });
  });

  it('lets debts shrink with time while Redis cannot be used', async () => {
    await using world = await open();
    const { clock, one } = world;
    expect(one.takeWithout('key', 2).granted).toBe(2);
    expect(one.takeWithout('key', 1).granted).toBe(0);
    // By its own rate it gets one more in three minutes; by that of all, these three minutes are half of what it owes.
    clock.advance(REPLICAS * RATE.interval - 1);
    expect(one.takeWithout('key', 1).granted).toBe(0);
    clock.advance(1);
    expect(await one.take('key', 0)).toMatchObject({ debt: expect.closeTo(RATE.interval, -3) });
  });

  it('remembers debts that Redis has lost', async () => {
    await using world = await open();
    const { redis, one, two } = world;
    await one.take('key', 5);
    await redis.client.flushall();
    expect(await one.take('key', 0)).toMatchObject({ debt: expect.closeTo(5 * RATE.interval, -3) });
    expect(await two.take('key', 3)).toMatchObject({ granted: 1 });
  });

  it('grants nothing twice when commands overlap', async () => {
    await using world = await open();
    const { one } = world;
    one.takeWithout('key', 1);
    const taken = await Promise.all(Array.from({ length: 10 }, () => one.take('key', 1)));
    expect(taken.filter(result => result?.granted === 1)).toHaveLength(5);
  });

  it('owes on what it could not tell Redis', async () => {
    await using world = await open();
    const { redis, one } = world;
    expect(one.takeWithout('key', 2).granted).toBe(2);
    await redis.kill();
    expect(await one.take('key', 1)).toBeNull();
    expect(one.takeWithout('key', 1).granted).toBe(0);
  });
});
