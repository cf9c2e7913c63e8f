import { describe, expect, it } from 'vitest';
import { hang, json, meeting, meetingWith, reset } from '../../sandbox/reply.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { createObserver } from '../../src/observability/create-observer.ts';
import { createLogSubscriber } from '../../src/observability/log-subscriber.ts';
import { InProcessCircuitBreaker } from '../../src/rest/circuit-breaker.ts';
import type { AttemptEnd } from '../../src/rest/limits.ts';
import { createManualClock } from '../support/clock.ts';
import { createMemoryLog } from '../support/log.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';

const OPTIONS = { enabled: true, failureRatio: 0.5, minAttempts: 20, window: 10_000, openFor: 5_000 };

function open(options = OPTIONS) {
  const clock = createManualClock();
  const { log, lines } = createMemoryLog();
  const breaker = new InProcessCircuitBreaker(
    options,
    clock,
    createObserver([createLogSubscriber(log)], log),
  );
  const end = (how: AttemptEnd, times: number, caller = 'a'): void => {
    for (let n = 0; n < times; n += 1) breaker.admit(caller)(how);
  };
  return { breaker, clock, lines, end };
}

const unavailable = (retryAfter: number) =>
  expect.objectContaining({
    extensions: { code: 'UPSTREAM_UNAVAILABLE', retryable: true, retryAfter },
  });
const UNAVAILABLE = unavailable(5);

describe('a circuit breaker', () => {
  it.each([
    [0, 19, false],
    [0, 20, true],
    [0, 21, true],
    [10, 10, false],
    [10, 11, true],
    [9, 11, true],
    [100, 100, false],
    [100, 101, true],
  ])('after %i successes and %i failures is open: %s', (successes, failures, isOpen) => {
    const { breaker, end } = open();
    end('succeeded', successes);
    // All are in flight before the first has failed: an open breaker would not admit the last of them.
    const reports = Array.from({ length: failures }, () => breaker.admit('a'));
    for (const report of reports) report('failed');
    if (isOpen) expect(() => breaker.check()).toThrow(UNAVAILABLE);
    else expect(() => breaker.check()).not.toThrow();
  });

  it('counts aborted attempts neither way', () => {
    const { breaker, end } = open();
    end('aborted', 100);
    end('failed', 19);
    expect(() => breaker.check()).not.toThrow();
    end('failed', 1);
    expect(() => breaker.check()).toThrow();
  });

  it('forgets what is older than 10 s, also when nothing has come in between', () => {
    const { breaker, clock, end } = open();
    end('failed', 19);
    clock.advance(10_000);
    end('failed', 1);
    expect(() => breaker.check()).not.toThrow();
    end('failed', 18);
    clock.advance(9_000);
    end('failed', 1);
    expect(() => breaker.check()).toThrow();
  });

  it('says how long it stays open, and is half-open after 5 s: it admits one probe', () => {
    const { breaker, clock, end } = open();
    end('failed', 20);
    clock.advance(3_500);
    expect(() => breaker.admit('a')).toThrow(unavailable(2));
    clock.advance(1_499);
    expect(() => breaker.admit('a')).toThrow();
    clock.advance(1);
    const probe = breaker.admit('a');
    expect(() => breaker.admit('a')).toThrow(UNAVAILABLE);
    probe('succeeded');
    expect(() => breaker.admit('a')).not.toThrow();
  });

  it('stays open for another 5 s when the probe fails', () => {
    const { breaker, clock, end } = open();
    end('failed', 20);
    clock.advance(5_000);
    breaker.admit('a')('failed');
    clock.advance(4_999);
    expect(() => breaker.admit('a')).toThrow();
    clock.advance(1);
    expect(() => breaker.admit('a')).not.toThrow();
  });

  it('admits the next probe when one was aborted', () => {
    const { breaker, clock, end } = open();
    end('failed', 20);
    clock.advance(5_000);
    breaker.admit('a')('aborted');
    const probe = breaker.admit('a');
    expect(() => breaker.admit('a')).toThrow();
    probe('succeeded');
    expect(() => breaker.admit('a')).not.toThrow();
  });

  it('ignores attempts that began before it opened', () => {
    const { breaker, clock, end } = open();
    const early = Array.from({ length: 22 }, () => breaker.admit('a'));
    end('failed', 20);
    early.pop()?.('succeeded');
    expect(() => breaker.check()).toThrow();
    clock.advance(5_000);
    const probe = breaker.admit('a');
    early.pop()?.('failed');
    probe('succeeded');
    expect(() => breaker.check()).not.toThrow();
    // Those that hung until their timeout end last.
    for (const report of early) report('failed');
    expect(() => breaker.check()).not.toThrow();
  });

  it('starts anew once it has closed', () => {
    const { breaker, clock, end } = open();
    end('failed', 20);
    clock.advance(5_000);
    breaker.admit('a')('succeeded');
    end('failed', 19);
    expect(() => breaker.check()).not.toThrow();
    end('failed', 1);
    expect(() => breaker.check()).toThrow();
  });

  it('that is off never opens', () => {
    const { breaker, end } = open({ ...OPTIONS, enabled: false });
    end('failed', 1_000);
    expect(() => breaker.check()).not.toThrow();
  });

  it('logs when it opens and closes', () => {
    const { breaker, clock, lines, end } = open();
    end('failed', 20);
    clock.advance(5_000);
    breaker.admit('a')('succeeded');
    expect(lines.map(line => [line.message, line.fields])).toEqual([
      [expect.stringContaining('breaker opened'), { attempts: 20, failures: 20 }],
      [expect.stringContaining('breaker closed'), {}],
    ]);
  });

  it('logs whether it refuses because it is open or because of a probe', () => {
    const { breaker, clock, end } = open();
    end('failed', 20);
    expect(() => breaker.check()).toThrow(expect.objectContaining({ cause: { breaker: 'open' } }));
    clock.advance(5_000);
    breaker.admit('a');
    expect(() => breaker.check()).toThrow(expect.objectContaining({ cause: { breaker: 'half-open' } }));
  });
});

it('an observer of the breaker is told of each change of its state', () => {
  const changes: unknown[] = [];
  const clock = createManualClock();
  const observer = createObserver(
    [{ breakerChanged: change => changes.push(change) }],
    createMemoryLog().log,
  );
  const breaker = new InProcessCircuitBreaker({ ...OPTIONS, minAttempts: 2 }, clock, observer);
  for (let n = 0; n < 2; n += 1) breaker.admit('a')('failed');
  for (const end of ['failed', 'succeeded'] as const) {
    clock.advance(5_000);
    breaker.admit('a')(end);
  }
  const counts = { attempts: 2, failures: 2 };
  expect(changes).toEqual([
    { state: 'open', ...counts },
    { state: 'half-open', ...counts },
    { state: 'open', ...counts },
    { state: 'half-open', ...counts },
    { state: 'closed', attempts: 0, failures: 0 },
  ]);
});

describe('behind the circuit breaker', () => {
  const failures = [
    ['500', json(500, 'Server Error'), true],
    ['503', json(503, {}), true],
    ['a reset connection', reset, true],
    ['an invalid answer', json(200, []), false],
    ['403', json(403, 'no'), false],
    ['429', json(429, {}), false],
    ['501', json(501, {}), false],
    ['another meeting', meetingWith(same => ({ ...same, id: meetingNumber(999) })), false],
  ] as const;

  it.each(failures)('20 times %s opens it: %s', async (_what, reply, opens) => {
    await using sandbox = await startSandbox();
    sandbox.answerAll(reply);
    await using upstream = openUpstream(sandbox, { retry: { budget: 0 } });
    const { context, cancel } = createRequestContext('test', 15_000, systemClock);
    await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => upstream.sync(meetingNumber(n), callerNamed(`${n}`), context)),
    );
    sandbox.answerAll(meeting);
    const call = upstream.sync(meetingNumber(21), callerNamed('a'), context);
    if (opens) await expect(call).rejects.toEqual(UNAVAILABLE);
    else expect((await call).id).toBe(meetingNumber(21));
    expect(sandbox.hits).toHaveLength(opens ? 20 : 21);
    cancel();
  });

  it('20 attempts without an answer open it; it fails fast, and recovers by one probe', async () => {
    await using sandbox = await startSandbox();
    sandbox.answerAll(hang);
    const clock = createManualClock();
    await using upstream = openUpstream(sandbox, { clock });
    const ask = (n: number) =>
      upstream.sync(
        meetingNumber(n),
        callerNamed(`${n}`),
        createRequestContext('test', 60_000, clock).context,
      );
    const hanging = Array.from({ length: 20 }, (_, n) => ask(n));
    await sandbox.hit(20);
    clock.advance(8_000);
    await Promise.allSettled(hanging);
    await expect(ask(21)).rejects.toEqual(UNAVAILABLE);
    expect(sandbox.hits).toHaveLength(20);

    clock.advance(5_000);
    sandbox.answerAll(meeting);
    const probe = ask(22);
    await expect(ask(23)).rejects.toEqual(UNAVAILABLE);
    expect((await probe).id).toBe(meetingNumber(22));
    expect((await ask(24)).id).toBe(meetingNumber(24));
    expect(sandbox.hits).toHaveLength(22);
  });
});
