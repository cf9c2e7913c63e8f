import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateLimited } from '../../sandbox/apim.ts';
import type { Reply } from '../../sandbox/reply.ts';
import { json, meeting } from '../../sandbox/reply.ts';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { startSandbox } from '../../sandbox/server.ts';
import type { Caller } from '../../src/auth/caller.ts';
import { GatewayError } from '../../src/lib/errors.ts';
import type { OwnedRequestContext } from '../../src/lib/request-context.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import type { Rejection } from '../../src/rest/api.ts';
import { createAttempts } from '../../src/rest/attempt.ts';
import { HOLD_NAMES } from '../../src/rest/hold.ts';
import { InProcessHolds, MAX_HOLDS } from '../../src/rest/holds.ts';
import { createInProcessLimits } from '../../src/rest/in-process-limits.ts';
import type { ManualClock } from '../support/clock.ts';
import { createManualClock } from '../support/clock.ts';
import { createMemoryLog } from '../support/log.ts';
import type { UpstreamOptions } from '../support/upstream.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

const LIMIT = 'UPSTREAM_RATE_LIMITED';
const QUOTA = 'UPSTREAM_QUOTA_EXCEEDED';

/** A sandbox that refuses all calls until it is told otherwise, and a client on a clock that stands still. */
async function open(reply: Reply, options: UpstreamOptions = {}) {
  const sandbox = await startSandbox();
  const clock = createManualClock();
  const upstream = openUpstream(sandbox, { clock, retry: { budget: 0, budgetPerSecond: 0 }, ...options });
  let asked = 0;
  sandbox.answerAll(reply);
  return {
    sandbox,
    clock,
    /** Asks for a meeting that nobody has asked for, so that no call is shared. */
    ask(caller: string, timeout = 15_000) {
      const owned = createRequestContext('test', timeout, clock);
      asked += 1;
      const call = upstream.sync(meetingNumber(asked), callerNamed(caller), owned.context).then(
        () => 'answered',
        (error: unknown) =>
          error instanceof GatewayError ? `${error.code} ${error.extensions.retryAfter}` : 'left',
      );
      return { ...owned, call };
    },
    hits: () => sandbox.hits.length,
    async [Symbol.asyncDispose]() {
      await upstream.close();
      await sandbox.close();
    },
  };
}

/** Lets everything that can go on without time passing or an answer arriving go on. */
async function settle(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await new Promise(resolve => setImmediate(resolve));
}

describe('after 429 with Retry-After: 57', () => {
  it('no call of that caller goes out for 57 s, however many ask', async () => {
    await using world = await open(rateLimited(57));
    expect(await world.ask('a').call).toBe(`${LIMIT} 57`);
    for (const [passed, left] of [
      [0, 57],
      [1, 57],
      [999, 56],
      [55_000, 1],
      [999, 1],
    ] as const) {
      world.clock.advance(passed);
      const ends = await Promise.all(Array.from({ length: 20 }, () => world.ask('a', 1).call));
      expect(new Set(ends)).toEqual(new Set([`${LIMIT} ${left}`]));
    }
    expect(world.hits()).toBe(1);
    world.sandbox.answerAll(meeting);
    world.clock.advance(1);
    expect(await world.ask('a').call).toBe('answered');
    expect(world.hits()).toBe(2);
  });

  it.each([
    ['caller', 'answered', 3],
    ['key', `${LIMIT} 57`, 1],
  ] as const)('with UPSTREAM_HOLD=%s another caller of the key is %s', async (scope, end, hits) => {
    await using world = await openWorld({ env: { UPSTREAM_HOLD: scope } });
    const ask = async (id: string, token: string, key: string) => {
      const { errors } = await world.ask(`{ syncMeeting(id: "${id}") { id } }`, {
        headers: { authorization: `Bearer ${token}`, 'ocp-apim-subscription-key': key },
      });
      const [error] = errors;
      return error === undefined ? 'answered' : `${error.extensions.code} ${error.extensions.retryAfter}`;
    };
    expect(await ask(scenarioId(429), 'a', 'sandbox-1')).toBe(`${LIMIT} 57`);
    expect(await ask(meetingNumber(1), 'b', 'sandbox-1')).toBe(end);
    if (scope === 'caller') expect(await ask(meetingNumber(1), 'a', 'sandbox-2')).toBe('answered');
    expect(world.sandbox.hits).toHaveLength(hits);
    expect(await ask(meetingNumber(1), 'a', 'sandbox-1')).toBe(`${LIMIT} 57`);
    expect(await ask(meetingNumber(1), 'c', 'sandbox-3')).toBe('answered');
  });

  it('with UPSTREAM_HOLD=off no call is held', async () => {
    await using world = await openWorld({ env: { UPSTREAM_HOLD: 'off' } });
    for (let n = 0; n < 3; n += 1) await world.ask(`{ syncMeeting(id: "${scenarioId(429)}") { id } }`);
    expect(world.sandbox.hits).toHaveLength(3);
  });
});

describe('a call that is held', () => {
  it.each([
    [9_999, `${LIMIT} 10`],
    [10_000, `${LIMIT} 10`],
    [10_001, 'answered'],
  ])('for 10 s and may take %i ms is %s', async (timeout, end) => {
    await using world = await open(rateLimited(10));
    // The first has no time for a retry.
    await world.ask('a', 5_000).call;
    world.sandbox.answerAll(meeting);
    const { call } = world.ask('a', timeout);
    if (end === 'answered') {
      world.clock.advance(9_999);
      await settle();
      expect(world.hits()).toBe(1);
      world.clock.advance(1);
    }
    expect(await call).toBe(end);
    expect(world.hits()).toBe(end === 'answered' ? 2 : 1);
  });

  it('takes no slot from others, nor does it keep their place in the queue', async () => {
    await using world = await open(rateLimited(10), { limiter: { maxInFlight: 1, maxQueued: 1 } });
    await world.ask('a').call;
    world.sandbox.answerAll(meeting);
    const held = Array.from({ length: 5 }, () => world.ask('a', 20_000).call);
    await settle();
    expect(await world.ask('b').call).toBe('answered');
    expect(world.hits()).toBe(2);
    world.clock.advance(10_000);
    await settle();
    const ends = await Promise.all(held);
    expect(ends.filter(end => end === 'answered').length).toBeGreaterThanOrEqual(2);
  });

  it('that was queued for a slot when the hold began is not sent', async () => {
    const refuse = Promise.withResolvers<void>();
    const reply: Reply = async exchange => {
      await refuse.promise;
      await rateLimited(57)(exchange);
    };
    await using world = await open(reply, { limiter: { maxInFlight: 1 } });
    const first = world.ask('a');
    await world.sandbox.hit(1);
    const queued = [world.ask('a'), world.ask('a'), world.ask('b')];
    await settle();
    world.sandbox.answerAll(meeting);
    refuse.resolve();
    expect(await first.call).toBe(`${LIMIT} 57`);
    expect(await Promise.all(queued.map(({ call }) => call))).toEqual([
      `${LIMIT} 57`,
      `${LIMIT} 57`,
      'answered',
    ]);
    expect(world.hits()).toBe(2);
  });

  it('leaves when its client does; the others go on', async () => {
    await using world = await open(rateLimited(10));
    await world.ask('a').call;
    world.sandbox.answerAll(meeting);
    const held = [world.ask('a'), world.ask('a'), world.ask('a')];
    await settle();
    held[0]?.cancel();
    expect(await held[0]?.call).toBe('left');
    world.clock.advance(10_000);
    expect(await Promise.all(held.map(({ call }) => call))).toEqual(['left', 'answered', 'answered']);
    expect(world.hits()).toBe(3);
  });

  it('leaves no timer when all have left', async () => {
    await using world = await open(rateLimited(10));
    await world.ask('a', 5_000).call;
    const held = [world.ask('a'), world.ask('a')];
    await settle();
    for (const { cancel } of held) cancel();
    await Promise.all(held.map(({ call }) => call));
    world.clock.advance(5_000);
    await world.clock.left(0);
  });

  it('fails with the code of the refusal if its deadline passes while the first call is in flight', async () => {
    await using world = await open(rateLimited(10), { attemptTimeout: 100_000 });
    await world.ask('a', 5_000).call;
    world.sandbox.answerAll(() => {});
    const first = world.ask('a', 60_000);
    const second = world.ask('a', 15_000);
    await settle();
    world.clock.advance(10_000);
    await world.sandbox.hit(2);
    world.clock.advance(5_000);
    expect(await second.call).toBe(`${LIMIT} 1`);
    first.cancel();
    await first.call;
  });

  it.each([
    [2, ['answered', 'answered']],
    [3, ['answered', 'answered', `${LIMIT} 10`]],
  ])('is one of at most two that wait: of %i, %j', async (count, ends) => {
    await using world = await open(rateLimited(10), { holds: { maxWaiting: 2 } });
    await world.ask('a').call;
    world.sandbox.answerAll(meeting);
    const held = Array.from({ length: count }, () => world.ask('a').call);
    await settle();
    world.clock.advance(10_000);
    expect(await Promise.all(held)).toEqual(ends);
  });
});

describe('when a hold ends', () => {
  it('1,000 callers that wait lead to one call first, and follow when it succeeds', async () => {
    const answer = Promise.withResolvers<void>();
    await using world = await open(rateLimited(10));
    // One key for all: the callers of this test differ by their tokens alone.
    await using upstream = openUpstream(world.sandbox, {
      clock: world.clock,
      holds: { nameOf: () => 'one key' },
      retry: { budget: 0, budgetPerSecond: 0 },
    });
    const ask = (n: number) => {
      const { context } = createRequestContext('test', 15_000, world.clock);
      return upstream.sync(meetingNumber(1), callerNamed(`caller-${n}`), context);
    };
    await expect(ask(0)).rejects.toMatchObject({ code: LIMIT });
    world.sandbox.answerAll(async exchange => {
      await answer.promise;
      await meeting(exchange);
    });
    const waiting = Array.from({ length: 1_000 }, (_, n) => ask(n + 1));
    world.clock.advance(9_999);
    await settle();
    expect(world.hits()).toBe(1);
    world.clock.advance(1);
    await world.sandbox.hit(2);
    await settle();
    expect(world.hits()).toBe(2);
    answer.resolve();
    expect(new Set((await Promise.all(waiting)).map(({ id }) => id))).toEqual(new Set([meetingNumber(1)]));
    expect(world.hits()).toBe(1_001);
  });

  it('and the first call is refused, the others fail or wait again, and none is sent', async () => {
    await using world = await open(rateLimited(10));
    await world.ask('a', 5_000).call;
    const short = [world.ask('a', 15_000), world.ask('a', 15_000)];
    const long = world.ask('a', 25_000);
    await settle();
    world.clock.advance(10_000);
    expect(await Promise.all(short.map(({ call }) => call))).toEqual([`${LIMIT} 10`, `${LIMIT} 10`]);
    expect(world.hits()).toBe(2);
    world.sandbox.answerAll(meeting);
    world.clock.advance(9_999);
    await settle();
    expect(world.hits()).toBe(2);
    world.clock.advance(1);
    expect(await long.call).toBe('answered');
    expect(world.hits()).toBe(3);
  });

  it('and the client of the first call leaves, the next goes first', async () => {
    await using world = await open(rateLimited(10));
    await world.ask('a').call;
    world.sandbox.answerAll(() => {});
    const held = [world.ask('a'), world.ask('a'), world.ask('a')];
    await settle();
    world.clock.advance(10_000);
    await world.sandbox.hit(2);
    world.sandbox.answerAll(meeting);
    held[0]?.cancel();
    expect(await Promise.all(held.map(({ call }) => call))).toEqual(['left', 'answered', 'answered']);
  });

  it('and the first call fails for another reason, the others follow: it was not refused', async () => {
    await using world = await open(rateLimited(10));
    await world.ask('a').call;
    world.sandbox.answerAll(exchange => (exchange.earlier === 0 ? json(404, 'No') : meeting)(exchange));
    const held = [world.ask('a'), world.ask('a')];
    await settle();
    world.clock.advance(10_000);
    expect(await Promise.all(held.map(({ call }) => call))).toEqual([
      'NOT_FOUND undefined',
      'NOT_FOUND undefined',
    ]);
    expect(world.hits()).toBe(3);
  });

  it('and nobody waits, the first of those that come then goes first', async () => {
    const answer = Promise.withResolvers<void>();
    await using world = await open(rateLimited(10));
    await world.ask('a').call;
    world.sandbox.answerAll(async exchange => {
      await answer.promise;
      await meeting(exchange);
    });
    world.clock.advance(10_000);
    const late = [world.ask('a'), world.ask('a'), world.ask('a')];
    await world.sandbox.hit(2);
    await settle();
    expect(world.hits()).toBe(2);
    answer.resolve();
    expect(await Promise.all(late.map(({ call }) => call))).toEqual(['answered', 'answered', 'answered']);
  });
});

describe('a quota that is used up for half an hour', () => {
  const used = json(403, {
    statusCode: 403,
    message: 'Out of call volume quota. Quota will be replenished in 00:30:02.',
  });

  it('holds calls for a minute at a time; the seconds are those that LumiNUS said', async () => {
    await using world = await open(used);
    expect(await world.ask('a').call).toBe(`${QUOTA} 1802`);
    world.clock.advance(44_999);
    expect(await world.ask('a').call).toBe(`${QUOTA} ${1802 - 44}`);
    world.clock.advance(15_000);
    const { call } = world.ask('a');
    await settle();
    expect(world.hits()).toBe(1);
    world.clock.advance(1);
    expect(await call).toBe(`${QUOTA} 1802`);
    expect(world.hits()).toBe(2);
    expect(await world.ask('a').call).toBe(`${QUOTA} 1802`);
    expect(world.hits()).toBe(2);
  });
});

describe('a refusal holds nothing', () => {
  it.each([
    ['without a time to wait', json(429, {})],
    ['with a Retry-After of 0', rateLimited(0)],
    ['that is no limit', json(503, {}, { 'Retry-After': '57' })],
  ])('%s', async (_what, reply) => {
    await using world = await open(reply);
    for (let n = 0; n < 3; n += 1) await world.ask('a').call;
    expect(world.hits()).toBe(3);
  });
});

describe('a call that succeeds', () => {
  /** Sends two calls, and lets them be answered in the given order: the first is the one that is refused. */
  async function raced(refusedFirst: boolean) {
    const world = await open(rateLimited(57));
    const replies = [0, 1].map(() => Promise.withResolvers<Reply>());
    world.sandbox.answerAll(async exchange => {
      const reply = await replies[world.hits() - 1]?.promise;
      await reply?.(exchange);
    });
    const one = world.ask('a');
    await world.sandbox.hit(1);
    const two = world.ask('a');
    await world.sandbox.hit(2);
    replies[refusedFirst ? 0 : 1]?.resolve(rateLimited(57));
    await (refusedFirst ? one : two).call;
    replies[refusedFirst ? 1 : 0]?.resolve(meeting);
    await (refusedFirst ? two : one).call;
    world.sandbox.answerAll(meeting);
    return world;
  }

  it('lifts the hold if it was sent after the call that was refused', async () => {
    await using world = await raced(true);
    expect(await world.ask('a').call).toBe('answered');
  });

  it('lifts nothing if it was sent before: its answer tells nothing of the limit since', async () => {
    await using world = await raced(false);
    expect(await world.ask('a').call).toBe(`${LIMIT} 57`);
  });
});

describe('the holds of one process', () => {
  const options = { nameOf: ({ id }: Caller) => id, maxHold: 60_000, maxWaiting: 10 };

  it.each([
    [MAX_HOLDS - 1, true],
    [MAX_HOLDS, false],
  ])('%i more leave the oldest in place: %j', (more, isHeld) => {
    const clock = createManualClock();
    const holds = new InProcessHolds(options, clock, createMemoryLog().observer);
    const refusal = { code: LIMIT, refusedFor: 10_000 } as const;
    const oldest = callerNamed('oldest');
    const newest = callerNamed('newest');
    holds.start(oldest.id, refusal);
    for (let n = 1; n < more; n += 1) holds.start(`name ${n}`, refusal);
    holds.start(newest.id, refusal);
    const { context } = createRequestContext('test', 1_000, clock);
    const admit = (caller: Caller) => () => holds.admit(caller, context);
    expect(admit(newest)).toThrow(GatewayError);
    if (isHeld) expect(admit(oldest)).toThrow(GatewayError);
    else expect(admit(oldest)).not.toThrow();
  });
});

/** What one caller does, some milliseconds after the step before. */
const step = fc.record({
  after: fc.nat({ max: 3_000 }),
  caller: fc.constantFrom('a', 'b'),
  timeout: fc.constantFrom(500, 3_000, 15_000),
  takes: fc.nat({ max: 2_000 }),
  leaves: fc.boolean(),
  refused: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
});

it('whatever happens: while a hold lasts nothing is sent, when it ends one call goes first, everything ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async steps => {
      const clock = createManualClock();
      const { observer } = createMemoryLog();
      const limits = createInProcessLimits(
        {
          limiter: { maxInFlight: 3, maxInFlightPerCaller: 2, maxQueued: 100 },
          breaker: { enabled: false, failureRatio: 1, minAttempts: 1, window: 1, openFor: 1 },
          retryBudget: { budget: 0, budgetPerCall: 0, budgetPerSecond: 0 },
        },
        clock,
        observer,
        {
          pace: null,
          holds: new InProcessHolds(
            { nameOf: HOLD_NAMES.caller, maxHold: 4_000, maxWaiting: 100 },
            clock,
            observer,
          ),
        },
      );
      const runAttempt = createAttempts(limits, clock);
      /** Of each caller: until when it is held, and how many of its calls are in flight since it was. */
      const held = new Map<string, { until: number; probing: number }>();
      const ends: Promise<unknown>[] = [];
      for (const { after, caller, timeout, takes, leaves, refused } of steps) {
        await pass(clock, after);
        const owned = createRequestContext('test', timeout, clock);
        const send = async () => {
          const hold = held.get(caller);
          if (hold !== undefined) {
            expect(clock.now()).toBeGreaterThanOrEqual(hold.until);
            expect(hold.probing).toBe(0);
            hold.probing += 1;
          }
          const isAborted = await wait(clock, takes, owned);
          const now = held.get(caller);
          if (hold !== undefined && now === hold) now.probing -= 1;
          if (isAborted) throw owned.context.signal.reason;
          if (refused !== undefined) {
            const until = Math.max(clock.now() + Math.min(refused * 1000, 4_000), now?.until ?? 0);
            held.set(caller, { until, probing: now === hold ? 0 : (now?.probing ?? 0) });
            return rejection(refused);
          }
          // Only the probe proves that the hold is over; a call that was sent before the refusal does not.
          if (now === hold) held.delete(caller);
          return { value: 1 };
        };
        ends.push(runAttempt(callerNamed(caller), owned.context, send).catch((error: unknown) => error));
        if (leaves) clock.after(timeout / 2, owned.cancel);
      }
      await pass(clock, 60_000);
      await Promise.all(ends);
    }),
    { numRuns: 200, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: false },
  );
});

/** Lets time pass in steps, so that what becomes ready in one goes on before the next. */
async function pass(clock: ManualClock, milliseconds: number): Promise<void> {
  await clock.pass(milliseconds);
  await settle();
  await clock.pass(0);
}

/** Waits for an answer; true if the call was aborted before. */
function wait(clock: ManualClock, milliseconds: number, { context }: OwnedRequestContext): Promise<boolean> {
  return new Promise(resolve => {
    const cancel = clock.after(milliseconds, () => resolve(false));
    context.signal.onAbort(() => {
      cancel();
      resolve(true);
    });
  });
}

function rejection(seconds: number): Rejection {
  return {
    failure: new GatewayError(LIMIT, { retryAfter: seconds }),
    retry: false,
    isLimit: true,
    countsAsFailure: false,
    setting: null,
  };
}

it.each([
  ['caller', 652],
  ['key', 653],
] as const)('the scenario of a limit by %s shows the hold at work', async (scope, number) => {
  await using world = await openWorld({ env: { UPSTREAM_HOLD: scope } });
  const ask = async (id: string, authorization = 'Bearer token') => {
    const { errors } = await world.ask(`{ syncMeeting(id: "${id}") { id } }`, {
      headers: { authorization, 'ocp-apim-subscription-key': 'sandbox-key' },
    });
    return errors.map(({ extensions }) => extensions.code);
  };
  expect(await ask(scenarioId(number))).toEqual([LIMIT]);
  expect(await ask(meetingNumber(1))).toEqual([LIMIT]);
  expect(await ask(meetingNumber(1), 'Bearer other')).toEqual(scope === 'key' ? [LIMIT] : []);
  expect(world.sandbox.hits).toHaveLength(scope === 'key' ? 1 : 2);
});
