import { expect, it } from 'vitest';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { classifyError } from '../../src/luminus/classify-response.ts';
import { createAttempts } from '../../src/rest/attempt.ts';
import { createInProcessLimits } from '../../src/rest/in-process-limits.ts';
import { createManualClock } from '../support/clock.ts';
import { createMemoryLog } from '../support/log.ts';
import { callerNamed } from '../support/upstream.ts';

const CALLER = callerNamed('a');

const OPENED = 'breaker opened: calls are refused for a while';
const CLOSED = 'breaker closed: the upstream answers again';

function open() {
  const clock = createManualClock();
  const { observer, lines } = createMemoryLog();
  const limits = createInProcessLimits(
    {
      limiter: { maxInFlight: 1, maxInFlightPerCaller: 1, maxQueued: 0 },
      breaker: { enabled: true, failureRatio: 0.5, minAttempts: 2, window: 10_000, openFor: 5_000 },
      retryBudget: { budget: 0, budgetPerCall: 0, budgetPerSecond: 0 },
    },
    clock,
    observer,
  );
  const runAttempt = createAttempts(limits, clock);
  const { context } = createRequestContext('test', 60_000, clock);
  return {
    clock,
    /** What the breaker has logged. */
    changes: () => lines.map(({ message }) => message).filter(message => message.startsWith('breaker')),
    /** An attempt that gets no response because of a system error. */
    fail: (code: string) => runAttempt(CALLER, context, async () => classifyError({ code })),
    succeed: () => runAttempt(CALLER, context, async () => ({ value: 1 })),
  };
}

it.each(['EMFILE', 'ENFILE'])('attempts that %s ends are not failures of the upstream', async code => {
  const { fail, changes } = open();
  for (let n = 0; n < 10; n += 1) {
    expect(await fail(code)).toMatchObject({
      failure: { extensions: { code: 'OVERLOADED', retryAfter: 1 }, cause: { error: code } },
      retry: false,
    });
  }
  expect(changes()).toEqual([]);
});

it('nor do they count as successes that outweigh its failures', async () => {
  const { fail, changes } = open();
  for (let n = 0; n < 10; n += 1) await fail('EMFILE');
  for (let n = 0; n < 2; n += 1) await fail('ECONNREFUSED');
  expect(changes()).toEqual([OPENED]);
});

it('a probe that EMFILE ends closes nothing: the next attempt probes', async () => {
  const { fail, succeed, clock, changes } = open();
  for (let n = 0; n < 2; n += 1) await fail('ECONNREFUSED');
  clock.advance(5_000);
  await fail('EMFILE');
  expect(changes()).toEqual([OPENED]);
  await succeed();
  expect(changes()).toEqual([OPENED, CLOSED]);
});
