import { expect, it } from 'vitest';
import { json, meeting } from '../../sandbox/reply.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { createManualClock } from '../support/clock.ts';
import { createMemoryLog } from '../support/log.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';

const OPENED = 'breaker opened: calls are refused for a while';

/** A client whose calls for meetings from 1,000 on fail; nothing is tried again. */
async function open() {
  await using made = new AsyncDisposableStack();
  const sandbox = made.use(await startSandbox());
  sandbox.answerAll(exchange =>
    (Number(exchange.id.slice(-12)) >= 1_000 ? json(500, 'Server Error') : meeting)(exchange),
  );
  const clock = createManualClock();
  const { log, lines } = createMemoryLog();
  const upstream = made.use(openUpstream(sandbox, { clock, log, retry: { budget: 0 } }));
  const { context } = createRequestContext('test', 600_000, clock);
  const sync = (n: number, caller: string) => upstream.sync(meetingNumber(n), callerNamed(caller), context);
  const all = made.move();
  return {
    sandbox,
    clock,
    sync,
    /** So many calls at once that fail. */
    fail: (count: number, caller: string) =>
      Promise.allSettled(Array.from({ length: count }, (_, n) => sync(1_000 + n, caller))),
    opened: () => lines.filter(({ message }) => message === OPENED).length,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

it('seven requests of 40 meetings that fail do not open the breaker while others make 2 queries a second', async () => {
  await using world = await open();
  for (let half = 0; half < 60; half += 1) {
    if (half % 8 === 4) await world.fail(40, 'attacker');
    expect((await world.sync(half, `other-${half % 3}`)).id).toBe(meetingNumber(half));
    world.clock.advance(500);
  }
  expect(world.opened()).toBe(0);
  expect(world.sandbox.hits).toHaveLength(60 + 7 * 40);
});

it('nor do they where one of the others fails now and then', async () => {
  await using world = await open();
  for (let half = 0; half < 60; half += 1) {
    if (half % 8 === 4) await world.fail(40, 'attacker');
    if (half % 8 === 6) await world.fail(1, 'unlucky');
    await world.sync(half, `other-${half % 3}`);
    world.clock.advance(500);
  }
  expect(world.opened()).toBe(0);
});

it('a caller that is alone opens it as ever, by 20 failures', async () => {
  await using world = await open();
  await world.fail(19, 'alone');
  expect(world.opened()).toBe(0);
  await world.fail(1, 'alone');
  expect(world.opened()).toBe(1);
});

it('two callers whose calls all fail open it by 10 failures each', async () => {
  await using world = await open();
  await world.fail(1, 'two');
  await world.fail(40, 'one');
  await world.fail(8, 'two');
  expect(world.opened()).toBe(0);
  await world.fail(1, 'two');
  expect(world.opened()).toBe(1);
});

it('an outage that many callers see opens it by the 20th failure', async () => {
  await using world = await open();
  for (let n = 0; n < 19; n += 1) await world.fail(1, `caller-${n}`);
  expect(world.opened()).toBe(0);
  await world.fail(1, 'caller-19');
  expect(world.opened()).toBe(1);
});
