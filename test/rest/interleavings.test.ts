import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Reply } from '../../sandbox/reply.ts';
import { after, json, meetingWith, reset } from '../../sandbox/reply.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';

/** What one user does: ask for a meeting, some turns after the one before, and perhaps leave some milliseconds later. */
const asking = fc.record({
  user: fc.nat({ max: 2 }),
  meeting: fc.nat({ max: 2 }),
  turns: fc.nat({ max: 3 }),
  leavesAfter: fc.option(fc.nat({ max: 6 }), { nil: undefined }),
  timeout: fc.constantFrom(5, 20, 1_000),
});

/** Tells who asked, for what, so that an answer in the wrong hands is seen. */
const named: Reply = exchange =>
  meetingWith(same => ({ ...same, userName: exchange.headers.authorization }))(exchange);

const replies: Readonly<Record<string, Reply>> = {
  fine: named,
  unavailable: json(503, {}),
  forbidden: json(403, 'no'),
  tooMany: json(429, {}, { 'Retry-After': '0' }),
  reset,
  invalid: json(200, []),
};
const upstreamDoes = fc.record({
  reply: fc.constantFrom(...Object.keys(replies)),
  delay: fc.nat({ max: 5 }),
});

const turn = () => new Promise(resolve => setImmediate(resolve));

it('whatever comes together: nobody gets what is not theirs, nothing runs twice, everything ends', async () => {
  await using sandbox = await startSandbox();
  await fc.assert(
    fc.asyncProperty(
      fc.array(asking, { minLength: 1, maxLength: 40 }),
      fc.array(upstreamDoes, { minLength: 1, maxLength: 10 }),
      fc.integer({ min: 1, max: 4 }),
      async (people, script, maxInFlightPerCaller) => {
        sandbox.clear();
        let turnOf = 0;
        sandbox.answerAll(exchange => {
          const { reply, delay } = script[turnOf++ % script.length] ?? { reply: 'fine', delay: 0 };
          return after(delay, replies[reply] ?? named)(exchange);
        });
        await using upstream = openUpstream(sandbox, {
          retry: { minDelay: 1, maxDelay: 5 },
          breaker: { openFor: 5 },
          limiter: { maxInFlight: 6, maxInFlightPerCaller },
        });
        const ends: Promise<void>[] = [];
        for (const { user, meeting, turns, leavesAfter, timeout } of people) {
          for (let n = 0; n < turns; n += 1) await turn();
          const { context, cancel } = createRequestContext('test', timeout, systemClock);
          const id = meetingNumber(meeting);
          const caller = callerNamed(`user-${user}`);
          const cancelTimer = leavesAfter === undefined ? () => {} : systemClock.after(leavesAfter, cancel);
          const answer = upstream.sync(id, caller, context).then(
            got => expect([got.id, got.userName]).toEqual([id, caller.credentials.authorization]),
            (error: unknown) => expect(error).toBeInstanceOf(Error),
          );
          ends.push(
            answer.finally(() => {
              cancelTimer();
              cancel();
            }),
          );
        }
        await Promise.all(ends);
        await sandbox.idle();

        for (const [index, hit] of sandbox.hits.entries()) {
          const same = sandbox.hits
            .slice(0, index)
            .filter(
              earlier => earlier.id === hit.id && earlier.headers.authorization === hit.headers.authorization,
            );
          // One that was still open when the next came had been aborted.
          for (const earlier of same) {
            if ((earlier.endedAt ?? Number.POSITIVE_INFINITY) > hit.startedAt)
              expect(earlier.outcome).toBe('cut');
          }
        }
      },
    ),
    { numRuns: 60, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
  );
});
