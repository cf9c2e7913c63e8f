import { describe, expect, it } from 'vitest';
import { rateLimited } from '../../sandbox/apim.ts';
import type { Reply } from '../../sandbox/reply.ts';
import { json, meeting } from '../../sandbox/reply.ts';
import { scenarioId } from '../../sandbox/scenarios.ts';
import type { Caller } from '../../src/auth/caller.ts';
import { GatewayError } from '../../src/lib/errors.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { createObserver } from '../../src/observability/create-observer.ts';
import { InProcessHolds, MAX_HOLDS } from '../../src/rest/holds.ts';
import { createManualClock } from '../support/clock.ts';
import { openRefusing, settle } from '../support/holds.ts';
import { createMemoryLog } from '../support/log.ts';
import { callerNamed, meetingNumber } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

const LIMIT = 'UPSTREAM_RATE_LIMITED';
const QUOTA = 'UPSTREAM_QUOTA_EXCEEDED';

describe('after 429 with Retry-After: 57', () => {
  it('no call of that caller goes out for 57 s, however many ask', async () => {
    await using world = await openRefusing(rateLimited(57));
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

describe('a quota that is used up for half an hour', () => {
  const used = json(403, {
    statusCode: 403,
    message: 'Out of call volume quota. Quota will be replenished in 00:30:02.',
  });

  it('holds calls for a minute at a time; the seconds are those that LumiNUS said', async () => {
    await using world = await openRefusing(used);
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
    await using world = await openRefusing(reply);
    for (let n = 0; n < 3; n += 1) await world.ask('a').call;
    expect(world.hits()).toBe(3);
  });
});

describe('a call that succeeds', () => {
  /** Sends two calls, and lets them be answered in the given order: the first is the one that is refused. */
  async function raced(refusedFirst: boolean) {
    const world = await openRefusing(rateLimited(57));
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

  it.each([
    ['a shorter refusal', 59_999, QUOTA, 3_541],
    ['the refusal of the call that goes first when it ends', 60_000, LIMIT, 5],
  ])('follow %s after %i ms: %s', (_which, after, code, retryAfter) => {
    const clock = createManualClock();
    const holds = new InProcessHolds(options, clock, createMemoryLog().observer);
    const caller = callerNamed('a');
    holds.start(caller.id, { code: QUOTA, refusedFor: 3_600_000 });
    clock.advance(after);
    holds.start(caller.id, { code: LIMIT, refusedFor: 5_000 });
    const { context } = createRequestContext('test', 1_000, clock);
    expect(() => holds.admit(caller, context)).toThrow(
      expect.objectContaining({ extensions: expect.objectContaining({ code, retryAfter }) }),
    );
  });

  it.each([
    [-1, true],
    [0, false],
    [1, false],
  ])(
    'are forgotten where nobody has asked for as long as a hold lasts after their end: %i ms later, kept: %j',
    (later, isKept) => {
      const clock = createManualClock();
      const sizes: number[] = [];
      const observer = createObserver(
        [{ holdsChanged: ({ holds }) => sizes.push(holds) }],
        createMemoryLog().log,
      );
      const holds = new InProcessHolds(options, clock, observer);
      const [gone, other, long] = ['gone', 'other', 'long'].map(callerNamed);
      if (gone === undefined || other === undefined || long === undefined) throw new Error('there are three');
      holds.start(long.id, { code: QUOTA, refusedFor: 3_600_000 });
      holds.start(gone.id, { code: LIMIT, refusedFor: 10_000 });
      holds.start(other.id, { code: LIMIT, refusedFor: 10_000 });
      clock.advance(10_000 + options.maxHold + later);
      const { context } = createRequestContext('test', 1_000, clock);
      // The first call of this caller would otherwise find out alone, and the second wait for it.
      const admissions = [holds.admit(other, context), holds.admit(other, context)];
      expect(admissions.map(admission => admission instanceof Promise)).toEqual([false, isKept]);
      // Each call looks at one of the others.
      expect(sizes.at(-1)).toBe(isKept ? 3 : 1);
    },
  );
});

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
