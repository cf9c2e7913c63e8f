import { describe, expect, it } from 'vitest';
import { after, hang, meeting } from '../../sandbox/reply.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { SignalSource } from '../../src/lib/signal.ts';
import { createObserver } from '../../src/observability/create-observer.ts';
import { InProcessConcurrencyLimiter } from '../../src/rest/concurrency-limiter.ts';
import type { LimitedCall } from '../../src/rest/limits.ts';
import { createManualClock } from '../support/clock.ts';
import { createMemoryLog } from '../support/log.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';
import type { World } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

const LIMITS = { maxInFlight: 64, maxInFlightPerCaller: 16, maxQueued: 1_000 };

/** A limiter, and the order in which slots were granted. */
function open(limits = LIMITS) {
  const clock = createManualClock();
  const limiter = new InProcessConcurrencyLimiter(limits, clock, createObserver([], createMemoryLog().log));
  const granted: string[] = [];
  const releases: (() => void)[] = [];
  const acquire = (
    caller: string,
    { signal = new SignalSource(), deadline = Number.POSITIVE_INFINITY }: Partial<LimitedCall> = {},
  ) => {
    const slot = (async () => await limiter.acquire(caller, { signal, deadline }))();
    slot.then(
      release => {
        granted.push(caller);
        releases.push(release);
      },
      () => {},
    );
    return slot;
  };
  return { limiter, clock, acquire, granted, release: () => releases.shift()?.() };
}

/** Lets everything that is settled already be heard. */
const settled = () => new Promise(resolve => setImmediate(resolve));

describe('a concurrency limiter', () => {
  it('takes 64 calls and not a 65th', async () => {
    const { acquire, granted, release } = open();
    for (let n = 0; n < 65; n += 1) void acquire(`caller ${n}`);
    await settled();
    expect(granted).toHaveLength(64);
    release();
    await settled();
    expect(granted).toHaveLength(65);
  });

  it('takes 16 calls of one caller and not a 17th, while others come in', async () => {
    const { acquire, granted } = open();
    for (let n = 0; n < 17; n += 1) void acquire('flood');
    void acquire('other');
    await settled();
    expect(granted.filter(caller => caller === 'flood')).toHaveLength(16);
    expect(granted.at(-1)).toBe('other');
  });

  it('queues 1,000 and refuses one more at once, saying when to come back', async () => {
    const { acquire } = open();
    for (let n = 0; n < 16 + 1_000; n += 1) void acquire('flood');
    await expect(acquire('other')).resolves.toBeInstanceOf(Function);
    await expect(acquire('flood')).rejects.toMatchObject({
      extensions: { code: 'OVERLOADED', retryable: true, retryAfter: expect.any(Number) },
    });
  });

  it('grants slots to callers round-robin, and in order of arrival within one', async () => {
    const { acquire, granted, release } = open({ maxInFlight: 1, maxInFlightPerCaller: 1, maxQueued: 100 });
    for (const caller of ['a', 'a', 'a', 'a', 'b', 'b', 'c']) void acquire(caller);
    for (let n = 0; n < 7; n += 1) {
      await settled();
      release();
    }
    expect(granted.join('')).toBe('aabcaba');
  });

  it('forgets a call that is cancelled in the queue', async () => {
    const { acquire, granted, release } = open({ maxInFlight: 1, maxInFlightPerCaller: 1, maxQueued: 2 });
    const gone = new SignalSource();
    void acquire('a');
    const leaving = acquire('b', { signal: gone });
    void acquire('c');
    gone.abort(new Error('left'));
    await expect(leaving).rejects.toThrow('left');
    void acquire('d');
    release();
    await settled();
    release();
    await settled();
    expect(granted).toEqual(['a', 'c', 'd']);
  });

  it('knows a caller for as long as a call of it is in flight', async () => {
    const { acquire, granted, release } = open({ maxInFlight: 9, maxInFlightPerCaller: 2, maxQueued: 9 });
    for (let n = 0; n < 2; n += 1) void acquire('a');
    await settled();
    release();
    for (let n = 0; n < 2; n += 1) void acquire('a');
    await settled();
    expect(granted).toHaveLength(3);
  });

  it('forgets a caller that has no call: its next one comes after those that are queued', async () => {
    const { acquire, granted, release } = open({ maxInFlight: 1, maxInFlightPerCaller: 1, maxQueued: 9 });
    void acquire('a');
    await settled();
    release();
    for (const caller of ['b', 'c', 'a']) void acquire(caller);
    for (let n = 0; n < 3; n += 1) {
      await settled();
      release();
    }
    expect(granted.join('')).toBe('abca');
  });

  it('takes no call that was aborted before', async () => {
    const { acquire, granted } = open();
    const gone = new SignalSource();
    gone.abort(new Error('left'));
    await expect(acquire('a', { signal: gone })).rejects.toThrow('left');
    expect(granted).toEqual([]);
  });

  it('estimates the wait by how long calls take', async () => {
    const { limiter, clock, acquire, release } = open({
      maxInFlight: 1,
      maxInFlightPerCaller: 1,
      maxQueued: 10,
    });
    for (let n = 0; n < 100; n += 1) {
      void acquire('a');
      await settled();
      clock.advance(4_000);
      release();
    }
    for (let n = 0; n < 4; n += 1) void acquire('a');
    expect(limiter.overloaded().extensions.retryAfter).toBe(12);
  });
});

it.each([
  [59, 59],
  [60, 60],
  [61, 60],
  [6_000, 60],
])('a wait of %i s is a retryAfter of %i s: a minute at most', async (seconds, retryAfter) => {
  const { limiter, clock, acquire, release } = open({
    maxInFlight: 1,
    maxInFlightPerCaller: 1,
    maxQueued: 1,
  });
  // A mean in which the newest counts for a tenth is within a hundred-thousandth of it after so many.
  for (let n = 0; n < 110; n += 1) {
    void acquire('a');
    await settled();
    clock.advance(seconds * 1_000);
    release();
  }
  for (let n = 0; n < 2; n += 1) void acquire('a');
  expect(limiter.overloaded().extensions.retryAfter).toBe(retryAfter);
});

/** Sends 300 calls of one user in three requests; settles once as many are on the wire as may be of one user. */
async function flood(world: World) {
  const ids = (from: number) => Array.from({ length: 100 }, (_, n) => meetingNumber(from + n));
  const query = 'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }';
  const requests = [0, 100, 200].map(from => world.ask(query, { variables: { ids: ids(from) } }));
  await world.sandbox.hit(world.sandbox.hits.length + 16);
  return { answers: Promise.all(requests) };
}

/** Asks for a meeting as another user. */
function askAsAnother(world: World, id: string) {
  return world.ask(`{ syncMeeting(id: "${id}") { id } }`, {
    headers: { authorization: 'Bearer b', 'ocp-apim-subscription-key': 'sandbox-b' },
  });
}

describe('behind the concurrency limiter', () => {
  // Tried again where it fails: a machine that stalls spoils one try, a gateway that holds callers up spoils each.
  it("300 calls of one user do not hold up another's", { retry: 2 }, async () => {
    await using world = await openWorld();
    await askAsAnother(world, meetingNumber(0));
    world.sandbox.answerAll(after(200, meeting));
    const { answers } = await flood(world);
    const begun = performance.now();
    const { data } = await askAsAnother(world, meetingNumber(1));
    expect(data).toEqual({ syncMeeting: { id: meetingNumber(1) } });
    expect(performance.now() - begun).toBeLessThan(400);
    world.sandbox.answerAll(meeting);
    for (const { errors } of await answers) expect(errors).toEqual([]);
  });

  it('a call of another user waits for none of them to be answered', async () => {
    await using world = await openWorld();
    const released = Promise.withResolvers<void>();
    world.sandbox.answerAll(async exchange => {
      await released.promise;
      await meeting(exchange);
    });
    world.sandbox.answer(meetingNumber(300), meeting);
    const { answers } = await flood(world);
    const { data } = await askAsAnother(world, meetingNumber(300));
    expect(data).toEqual({ syncMeeting: { id: meetingNumber(300) } });
    expect(world.sandbox.hits).toHaveLength(17);
    released.resolve();
    for (const { errors } of await answers) expect(errors).toEqual([]);
  });

  it('what still waits in our own queue at the deadline is OVERLOADED; what was answered stands', async () => {
    await using sandbox = await startSandbox();
    sandbox.answerAll(hang);
    sandbox.answer(meetingNumber(0), meeting);
    const clock = createManualClock();
    await using upstream = openUpstream(sandbox, { clock, limiter: { maxInFlightPerCaller: 1 } });
    const { context } = createRequestContext('test', 5_000, clock);
    const [answered, onTheWire, queued] = [0, 1, 2].map(n =>
      upstream.sync(meetingNumber(n), callerNamed('a'), context),
    );
    expect((await answered)?.id).toBe(meetingNumber(0));
    await sandbox.hit(2);
    clock.advance(5_000);
    await expect(onTheWire).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    await expect(queued).rejects.toMatchObject({
      extensions: { code: 'OVERLOADED', retryAfter: expect.any(Number) },
    });
    expect(sandbox.hits).toHaveLength(2);
  });
});
