import { expect, it } from 'vitest';
import { hang } from '../../sandbox/reply.ts';
import { startSandbox } from '../../sandbox/server.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { createManualClock } from '../support/clock.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';

const CALLER = callerNamed('burst');

/** How many calls failed with each code. */
async function countCodes(calls: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const end of await Promise.allSettled(calls)) {
    const code: string = end.status === 'rejected' ? end.reason.code : 'answered';
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

it('100 requests that reach their deadline together, with 16 calls at once, make 32 calls in 15 s', async () => {
  await using sandbox = await startSandbox();
  sandbox.answerAll(hang);
  const clock = createManualClock();
  await using upstream = openUpstream(sandbox, { clock });
  const contexts = Array.from(
    { length: 100 },
    (_, n) => createRequestContext(`request-${n}`, 15_000, clock).context,
  );
  const calls = contexts.map((context, n) => upstream.sync(meetingNumber(n), CALLER, context));
  const ends = countCodes(calls);
  await sandbox.hit(16);
  await clock.pass(8_000);
  await sandbox.hit(32);
  await clock.pass(7_000);
  expect(await ends).toEqual({ UPSTREAM_TIMEOUT: 32, OVERLOADED: 68 });
  // 35 of the queue were left, and each call had taken 7 s: 35 / 64 of that.
  await expect(calls[65]).rejects.toMatchObject({ extensions: { retryAfter: 4 } });
  await sandbox.idle();
  expect(sandbox.hits).toHaveLength(32);
  expect(contexts.reduce((sum, { stats }) => sum + stats.calls, 0)).toBe(32);
});

it.each([
  [9, 'OVERLOADED'],
  [10, 'OVERLOADED'],
  [11, 'answered'],
])('a call whose turn in the queue comes %i ms before its deadline is %s', async (left, end) => {
  await using sandbox = await startSandbox();
  sandbox.answer(meetingNumber(1), hang);
  const clock = createManualClock();
  await using upstream = openUpstream(sandbox, {
    clock,
    attemptTimeout: 60_000,
    limiter: { maxInFlightPerCaller: 1 },
  });
  const [first, second] = [
    createRequestContext('first', 60_000, clock),
    createRequestContext('second', 15_000, clock),
  ];
  const running = upstream.sync(meetingNumber(1), CALLER, first.context);
  const queued = countCodes([upstream.sync(meetingNumber(2), CALLER, second.context)]);
  await sandbox.hit(1);
  clock.advance(15_000 - left);
  first.cancel();
  await expect(running).rejects.toThrow('nobody waits');
  expect(await queued).toEqual({ [end]: 1 });
  expect(sandbox.hits).toHaveLength(end === 'answered' ? 2 : 1);
});

it('a call that never waited is started whatever time is left, and not once none is', async () => {
  await using sandbox = await startSandbox();
  const manual = createManualClock();
  let late = 0;
  // Timers of a process that is busy come late; its clock does not stand still.
  const clock: Clock = { ...manual, now: () => manual.now() + late };
  await using upstream = openUpstream(sandbox, { clock });
  const { context, finish } = createRequestContext('test', 15_000, clock);
  late = 14_999;
  expect((await upstream.sync(meetingNumber(1), CALLER, context)).id).toBe(meetingNumber(1));
  late = 15_000;
  expect(await countCodes([upstream.sync(meetingNumber(2), CALLER, context)])).toEqual({ OVERLOADED: 1 });
  expect(sandbox.hits).toHaveLength(1);
  finish();
});
