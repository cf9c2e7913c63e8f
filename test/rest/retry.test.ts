import { describe, expect, it } from 'vitest';
import type { Reply } from '../../sandbox/reply.ts';
import { hang, json, meeting, text } from '../../sandbox/reply.ts';
import { SCENARIOS, scenarioId } from '../../sandbox/scenarios.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { retryDelay } from '../../src/rest/retry.ts';
import { InProcessRetryBudget } from '../../src/rest/retry-budget.ts';
import { createManualClock } from '../support/clock.ts';
import { callerNamed, idOf, meetingNumber, openUpstream } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

const A = meetingNumber(1);
const OPTIONS = { minDelay: 100, maxDelay: 1_000, budget: 10, budgetPerCall: 0.1, budgetPerSecond: 1 };

/** A sandbox and a client on a clock that stands still. */
async function open(first: Reply, then: Reply = meeting) {
  const sandbox = await startSandbox();
  sandbox.answerAll(exchange => (exchange.earlier === 0 ? first : then)(exchange));
  const clock = createManualClock();
  const upstream = openUpstream(sandbox, { clock, random: () => 0.5 });
  return {
    sandbox,
    clock,
    ask(timeout = 15_000) {
      const { context } = createRequestContext('test', timeout, clock);
      return { context, call: upstream.sync(A, callerNamed('a'), context) };
    },
    async [Symbol.asyncDispose]() {
      await upstream.close();
      await sandbox.close();
    },
  };
}

describe('a call that fails', () => {
  const retried = [610, 611, 400, 500, 615, 502, 503, 504, 616, 501];
  const answers = SCENARIOS.filter(
    ({ code, number }) => code !== null && ![617, 618, 627, 429, 609].includes(number),
  );

  it.each(answers)('…$number ($row) is tried as often as its row says', async ({ number }) => {
    await using world = await openWorld({
      env: { UPSTREAM_RETRY_MIN_DELAY_MS: '1', UPSTREAM_RETRY_MAX_DELAY_MS: '2' },
    });
    await world.ask(`{ syncMeeting(id: "${scenarioId(number)}") { id } }`);
    expect(world.sandbox.hits).toHaveLength(retried.includes(number) ? 2 : 1);
  });

  it('is answered when its retry is', async () => {
    await using world = await openWorld({
      env: { UPSTREAM_RETRY_MIN_DELAY_MS: '1', UPSTREAM_RETRY_MAX_DELAY_MS: '2' },
    });
    const { data, errors } = await world.ask(`{ syncMeeting(id: "${scenarioId(650)}") { id } }`);
    expect([data, errors]).toEqual([{ syncMeeting: { id: scenarioId(650) } }, []]);
  });

  it('waits as long as the jitter says, and then is one more call', async () => {
    await using world = await open(json(503, {}));
    const { call, context } = world.ask();
    await world.clock.awaited(550);
    world.clock.advance(549);
    expect(world.sandbox.hits).toHaveLength(1);
    world.clock.advance(1);
    expect((await call).id).toBe(A);
    expect(context.stats).toEqual({ calls: 2, retries: 1, deduplicated: 0 });
  });

  it('whose retry is refused by the circuit breaker has not been retried', async () => {
    await using world = await openWorld({
      env: {
        UPSTREAM_BREAKER_MIN_ATTEMPTS: '1',
        UPSTREAM_RETRY_MIN_DELAY_MS: '1',
        UPSTREAM_RETRY_MAX_DELAY_MS: '2',
      },
    });
    const { errors } = await world.ask(`{ syncMeeting(id: "${scenarioId(503)}") { id } }`);
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_UNAVAILABLE']);
    await world.logged('request', 1);
    expect(world.lines.find(({ message }) => message === 'request')?.fields).toMatchObject({
      calls: 1,
      retries: 0,
    });
  });

  it('is never retried before Retry-After', async () => {
    await using world = await open(json(429, {}, { 'Retry-After': '3' }));
    const { call } = world.ask();
    await world.clock.awaited(3_000);
    world.clock.advance(2_999);
    expect(world.sandbox.hits).toHaveLength(1);
    world.clock.advance(1);
    expect((await call).id).toBe(A);
    expect(world.sandbox.hits).toHaveLength(2);
  });

  it('fails at once where Retry-After does not fit the deadline: 60 s is one hit', async () => {
    await using world = await open(json(429, {}, { 'Retry-After': '60' }));
    const { call } = world.ask();
    await expect(call).rejects.toMatchObject({
      extensions: { code: 'UPSTREAM_RATE_LIMITED', retryAfter: 60 },
    });
    expect(world.sandbox.hits).toHaveLength(1);
  });

  it.each([
    [14, 2],
    [15, 1],
    [16, 1],
  ])('with a Retry-After of %i s and 15 s left makes %i calls', async (seconds, hits) => {
    await using world = await open(json(429, {}, { 'Retry-After': `${seconds}` }));
    const { call } = world.ask(15_000);
    const settled = Promise.allSettled([call]);
    if (hits === 2) await world.clock.awaited(seconds * 1000);
    if (hits === 2) world.clock.advance(seconds * 1000);
    await settled;
    expect(world.sandbox.hits).toHaveLength(hits);
  });

  it('holds no slot while it waits for its retry', async () => {
    await using sandbox = await startSandbox();
    const B = meetingNumber(2);
    sandbox.answer(A, json(503, {}));
    const clock = createManualClock();
    await using upstream = openUpstream(sandbox, {
      clock,
      random: () => 1,
      limiter: { maxInFlight: 1, maxInFlightPerCaller: 1 },
    });
    const { context, cancel } = createRequestContext('test', 15_000, clock);
    const failing = upstream.sync(A, callerNamed('a'), context);
    await clock.awaited(1_000);
    expect((await upstream.sync(B, callerNamed('a'), context)).id).toBe(B);
    cancel();
    await expect(failing).rejects.toThrow();
  });

  it('is not tried again once everybody has left', async () => {
    await using world = await open(json(503, {}), hang);
    const { context, cancel } = createRequestContext('test', 15_000, world.clock);
    await using upstream = openUpstream(world.sandbox, { clock: world.clock, random: () => 1 });
    const call = upstream.sync(A, callerNamed('b'), context);
    await world.clock.awaited(1_000);
    cancel();
    await expect(call).rejects.toThrow();
    await world.clock.left(0);
    world.clock.advance(10_000);
    expect(world.sandbox.hits).toHaveLength(1);
  });

  it('a 429 speaks for its own call where no calls are held: others go out at once', async () => {
    await using world = await open(json(429, {}, { 'Retry-After': '3' }));
    const { context } = createRequestContext('test', 15_000, world.clock);
    await using upstream = openUpstream(world.sandbox, { clock: world.clock, holds: null });
    const limited = upstream.sync(A, callerNamed('a'), context);
    await world.clock.awaited(3_000);
    world.sandbox.answer(meetingNumber(2), meeting);
    expect((await upstream.sync(meetingNumber(2), callerNamed('a'), context)).id).toBe(meetingNumber(2));
    world.clock.advance(3_000);
    await limited;
  });
});

describe('the retry budget', () => {
  it('holds 10 at the start and not 11', () => {
    const budget = new InProcessRetryBudget(OPTIONS, createManualClock());
    const taken = Array.from({ length: 11 }, () => budget.withdraw());
    expect(taken.filter(Boolean)).toHaveLength(10);
    expect(taken.at(-1)).toBe(false);
  });

  it('gains one by 10 first attempts, not by 9', () => {
    const budget = new InProcessRetryBudget({ ...OPTIONS, budgetPerSecond: 0 }, createManualClock());
    while (budget.withdraw());
    for (let n = 0; n < 9; n += 1) budget.deposit();
    expect(budget.withdraw()).toBe(false);
    budget.deposit();
    expect(budget.withdraw()).toBe(true);
    expect(budget.withdraw()).toBe(false);
  });

  it('gains one a second, not sooner, and never holds more than 10', () => {
    const clock = createManualClock();
    const budget = new InProcessRetryBudget(OPTIONS, clock);
    while (budget.withdraw());
    clock.advance(999);
    expect(budget.withdraw()).toBe(false);
    clock.advance(1);
    expect(budget.withdraw()).toBe(true);
    clock.advance(3_600_000);
    expect(Array.from({ length: 11 }, () => budget.withdraw()).filter(Boolean)).toHaveLength(10);
  });

  it('of 0 means no retry', async () => {
    await using world = await openWorld({ env: { UPSTREAM_RETRY_BUDGET: '0' } });
    await world.ask(`{ syncMeeting(id: "${scenarioId(503)}") { id } }`);
    expect(world.sandbox.hits).toHaveLength(1);
  });

  it.each([
    ['off', 500, 570],
    ['on', 64, 128],
  ])(
    'with the breaker %s, 500 calls at once against a hard 503 stay under %i–%i hits',
    async (breaker, least, most) => {
      await using sandbox = await startSandbox();
      sandbox.answerAll(json(503, {}));
      await using upstream = openUpstream(sandbox, { breaker: { enabled: breaker === 'on' } });
      const { context, cancel } = createRequestContext('test', 15_000, systemClock);
      const calls = Array.from({ length: 500 }, (_, n) =>
        upstream.sync(meetingNumber(n), callerNamed(`${n % 10}`), context),
      );
      const ends = await Promise.allSettled(calls);
      cancel();
      expect(ends.filter(({ status }) => status === 'fulfilled')).toEqual([]);
      expect(sandbox.hits.length).toBeGreaterThanOrEqual(least);
      expect(sandbox.hits.length).toBeLessThanOrEqual(most);
    },
  );
});

describe('the wait before a retry', () => {
  it.each([
    [undefined, 0, 100],
    [undefined, 0.5, 550],
    [undefined, 1, 1_000],
    [0, 0, 100],
    [1, 0, 1_000],
    [2, 1, 2_000],
  ])('with Retry-After %s and chance %s is %i ms', (retryAfter, random, delay) => {
    expect(retryDelay(OPTIONS, retryAfter, random)).toBe(delay);
  });
});

it('a wait that APIM writes as text is read', async () => {
  await using world = await openWorld();
  world.sandbox.answer(A, text(429, 'Rate limit is exceeded. Try again in 42 seconds.'));
  const { errors } = await world.ask(`{ syncMeeting(id: "${idOf(A)}") { id } }`);
  expect(errors[0]?.extensions.retryAfter).toBe(42);
});
