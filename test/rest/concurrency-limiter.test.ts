import { describe, expect, it } from 'vitest';
import { after, hang, meeting } from '../../sandbox/reply.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import type { Signal } from '../../src/lib/signal.ts';
import { SignalSource } from '../../src/lib/signal.ts';
import { Bulkhead } from '../../src/rest/concurrency-limiter.ts';
import { createManualClock } from '../support/clock.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';
import type { World } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

const NEVER = new SignalSource();
const LIMITS = { maxInFlight: 64, maxInFlightPerCaller: 16, maxWaiting: 1_000 };

/** A bulkhead, and the order in which those who asked got in. */
function open(limits = LIMITS) {
  const clock = createManualClock();
  const bulkhead = new Bulkhead(limits, clock);
  const entered: string[] = [];
  const releases: (() => void)[] = [];
  const enter = (caller: string, signal: Signal = NEVER) => {
    const place = (async () => await bulkhead.enter(caller, signal))();
    place.then(
      release => {
        entered.push(caller);
        releases.push(release);
      },
      () => {},
    );
    return place;
  };
  return { bulkhead, clock, enter, entered, release: () => releases.shift()?.() };
}

/** Lets everything that is settled already be heard. */
const settled = () => new Promise(resolve => setImmediate(resolve));

describe('a bulkhead', () => {
  it('takes 64 calls and not a 65th', async () => {
    const { enter, entered, release } = open();
    for (let n = 0; n < 65; n += 1) void enter(`caller ${n}`);
    await settled();
    expect(entered).toHaveLength(64);
    release();
    await settled();
    expect(entered).toHaveLength(65);
  });

  it('takes 16 calls of one caller and not a 17th, while others come in', async () => {
    const { enter, entered } = open();
    for (let n = 0; n < 17; n += 1) void enter('flood');
    void enter('other');
    await settled();
    expect(entered.filter(caller => caller === 'flood')).toHaveLength(16);
    expect(entered.at(-1)).toBe('other');
  });

  it('lets 1,000 wait and refuses one more at once, saying when to come back', async () => {
    const { enter } = open();
    for (let n = 0; n < 16 + 1_000; n += 1) void enter('flood');
    await expect(enter('other')).resolves.toBeInstanceOf(Function);
    await expect(enter('flood')).rejects.toMatchObject({
      extensions: { code: 'OVERLOADED', retryable: true, retryAfter: expect.any(Number) },
    });
  });

  it('serves who waits in turn by caller, and in order within one', async () => {
    const { enter, entered, release } = open({ maxInFlight: 1, maxInFlightPerCaller: 1, maxWaiting: 100 });
    for (const caller of ['a', 'a', 'a', 'a', 'b', 'b', 'c']) void enter(caller);
    for (let n = 0; n < 7; n += 1) {
      await settled();
      release();
    }
    expect(entered.join('')).toBe('aabcaba');
  });

  it('forgets who leaves while waiting', async () => {
    const { enter, entered, release } = open({ maxInFlight: 1, maxInFlightPerCaller: 1, maxWaiting: 2 });
    const gone = new SignalSource();
    void enter('a');
    const leaving = enter('b', gone);
    void enter('c');
    gone.abort(new Error('left'));
    await expect(leaving).rejects.toThrow('left');
    void enter('d');
    release();
    await settled();
    release();
    await settled();
    expect(entered).toEqual(['a', 'c', 'd']);
  });

  it('estimates the wait by how long calls take', async () => {
    const { bulkhead, clock, enter, release } = open({
      maxInFlight: 1,
      maxInFlightPerCaller: 1,
      maxWaiting: 10,
    });
    for (let n = 0; n < 100; n += 1) {
      void enter('a');
      await settled();
      clock.advance(4_000);
      release();
    }
    for (let n = 0; n < 4; n += 1) void enter('a');
    expect(bulkhead.overloaded().extensions.retryAfter).toBe(12);
  });
});

it.each([
  [59, 59],
  [60, 60],
  [61, 60],
  [6_000, 60],
])('a wait of %i s is told as %i s: a minute at most', async (seconds, told) => {
  const { bulkhead, clock, enter, release } = open({
    maxInFlight: 1,
    maxInFlightPerCaller: 1,
    maxWaiting: 1,
  });
  // A mean in which the newest counts for a tenth is within a hundred-thousandth of it after so many.
  for (let n = 0; n < 110; n += 1) {
    void enter('a');
    await settled();
    clock.advance(seconds * 1_000);
    release();
  }
  for (let n = 0; n < 2; n += 1) void enter('a');
  expect(bulkhead.overloaded().extensions.retryAfter).toBe(told);
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

describe('behind the bulkhead', () => {
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
    await using upstream = openUpstream(sandbox, { clock, bulkhead: { maxInFlightPerCaller: 1 } });
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
