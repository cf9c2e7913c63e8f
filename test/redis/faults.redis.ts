import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { RedisServer } from '../support/redis.ts';
import { BACK, LOST } from '../support/redis.ts';
import type { Replicas } from '../support/replicas.ts';
import { openReplicas } from '../support/replicas.ts';
import { atRate } from '../support/steady-load.ts';
import { meetingNumber } from '../support/upstream.ts';

type Act = (redis: RedisServer) => unknown;

/**
 * Milliseconds of load before the fault, with it, and afterwards, which is enough to deduct what the first replica that is
 * back has granted too much: at most two thirds of a burst.
 */
const [BEFORE, DURING, AFTER] = [3_000, 3_000, 3_000];

/** What can happen to a Redis, and how it ends. */
const FAULTS: Readonly<Record<string, readonly [begin: Act, end: Act]>> = {
  'is killed': [redis => redis.kill(), redis => redis.start()],
  'is stopped': [redis => redis.signal('SIGSTOP'), redis => redis.signal('SIGCONT')],
  'is paused': [redis => redis.client.call('CLIENT', 'PAUSE', String(DURING)), () => {}],
  'has no memory left': [
    redis => redis.client.config('SET', 'maxmemory', '1'),
    redis => redis.client.config('SET', 'maxmemory', '0'),
  ],
  'becomes a read-only replica': [
    redis => redis.client.replicaof('127.0.0.1', 1),
    redis => redis.client.replicaof('NO', 'ONE'),
  ],
  'no longer takes the password': [
    async ({ client }) => {
      await client.config('SET', 'requirepass', 'another');
      await client.call('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES');
    },
    ({ client }) => client.config('SET', 'requirepass', ''),
  ],
};

/** The limit of a caller: in a second, and at once. */
const PER_SECOND = 10;
const BURST = 30;

/** How long requests took in the replicas since something was last asked, in milliseconds: the longest last. */
function createStopwatch({ programs }: Replicas): () => number[] {
  const read = programs.map(() => 0);
  return () => {
    const durations = programs.flatMap((program, n) => {
      const lines = [...program.output().matchAll(/"ms":([\d.]+)/g)].slice(read[n]);
      read[n] = (read[n] ?? 0) + lines.length;
      return lines.map(([, ms]) => Number(ms));
    });
    return durations.toSorted((one, other) => one - other);
  };
}

function percentile98(sorted: readonly number[]): number {
  return sorted.at(-Math.ceil(sorted.length / 50)) ?? Number.NaN;
}

it.each(Object.entries(FAULTS))(
  'when Redis %s, no query fails or waits for it',
  async (_fault, [begin, end]) => {
    await using world = await openReplicas({
      CALLER_MEETINGS_PER_MINUTE: String(60 * PER_SECOND),
      CALLER_BURST: String(BURST),
      UPSTREAM_CALLS_PER_SECOND: '2000',
    });
    const { replicas, redis } = world;
    const durations = createStopwatch(replicas);
    // Processes that have just started compile their code while they serve.
    await atRate(200, 5_000, n => replicas.ask(meetingNumber(n), `warm-up-${n % 100}`));
    durations();
    let before: number[] = [];
    const fault = async (): Promise<void> => {
      await delay(BEFORE);
      before = durations();
      await begin(redis);
      await delay(DURING);
      await end(redis);
    };
    const load = BEFORE + DURING + AFTER;
    const [ordinary, flood] = await Promise.all([
      atRate(200, load, n => replicas.ask(meetingNumber(n), `caller-${n % 100}`)),
      atRate(10 * PER_SECOND, load, n => replicas.ask(meetingNumber(n), 'flood')),
      fault(),
    ]);
    const after = durations();
    expect(ordinary.results.filter(({ code }) => code !== null)).toEqual([]);
    // A command may take 50 ms before it counts as failed, and only those of one moment do.
    expect(after.at(-1)).toBeLessThan(60 + (before.at(-1) ?? Number.NaN));
    expect(percentile98(after)).toBeLessThan(50 + percentile98(before));
    const granted = flood.results.filter(({ code }) => code === null).length;
    const ofAllowed = granted / ((flood.elapsed / 1000) * PER_SECOND + BURST);
    expect(ofAllowed).toBeLessThan(1.05);
    // Lower than 1: Redis may execute a command late, whose replica has decided without it.
    expect(ofAllowed).toBeGreaterThan(0.9);
    expect(replicas.logged(LOST)).toEqual([1, 1, 1]);
    await expect.poll(() => replicas.logged(BACK), { timeout: 10_000 }).toEqual([1, 1, 1]);
  },
);
