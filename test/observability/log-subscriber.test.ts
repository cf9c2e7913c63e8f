import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTraceContext } from '../../src/lib/trace-context.ts';
import { ACCEPT_ERROR_LOG_INTERVAL, createLogSubscriber } from '../../src/observability/log-subscriber.ts';
import type { Events, Observer } from '../../src/observability/observer.ts';
import { createMemoryLog } from '../support/log.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** A subscriber, and the lines it has logged as texts. */
function openSubscriber() {
  const { log, lines } = createMemoryLog();
  return { subscriber: createLogSubscriber(log), lines };
}

describe('the line of an event', () => {
  const failure = { code: 'UPSTREAM_ERROR', cause: 'cause' } as const;
  const trace = createTraceContext();
  const request = { requestId: 'r', trace };
  const ids = { requestId: 'r', traceId: trace.traceId };
  const attempt = {
    ...request,
    operation: 'syncMeeting',
    retry: 0,
    queuedMs: 0,
    durationMs: 1,
    isShared: false,
    spanId: null,
    status: 500,
  };
  const CASES: readonly [keyof Observer, (on: Partial<Observer>) => void, object | null][] = [
    ['attemptFinished', on => on.attemptFinished?.({ ...attempt, failure: null }), null],
    [
      'attemptFinished',
      on => on.attemptFinished?.({ ...attempt, failure: { ...failure, setting: null } }),
      {
        level: 'warn',
        message: 'upstream call failed',
        fields: { ...ids, ...failure },
      },
    ],
    [
      'attemptFinished',
      on => on.attemptFinished?.({ ...attempt, failure: { ...failure, setting: 'UPSTREAM_URL' } }),
      {
        level: 'error',
        message: 'upstream call failed',
        fields: { ...ids, setting: 'UPSTREAM_URL', ...failure },
      },
    ],
    [
      'callRequested',
      on => on.callRequested?.({ ...request, operation: 'syncMeeting' }),
      { level: 'debug', message: 'sync', fields: ids },
    ],
    [
      'contractDrifted',
      on => on.contractDrifted?.({ kind: 'unknownField', name: 'zoomRegion', isNew: true }),
      {
        level: 'warn',
        message: 'the upstream differs from its documentation',
        fields: { drift: 'unknownField', name: 'zoomRegion' },
      },
    ],
    [
      'contractDrifted',
      on => on.contractDrifted?.({ kind: 'unknownField', name: 'zoomRegion', isNew: false }),
      null,
    ],
    [
      'connectionClosed',
      on => on.connectionClosed?.({ unreadBytes: 5, reason: 'nothing was read for too long' }),
      {
        level: 'info',
        message: 'connection closed',
        fields: { unreadBytes: 5, reason: 'nothing was read for too long' },
      },
    ],
    [
      'unexpectedError',
      on => on.unexpectedError?.({ ...request, error: new RangeError('secret') }),
      {
        level: 'error',
        message: 'unexpected error',
        fields: { ...ids, error: { name: 'RangeError', at: expect.any(Array) } },
      },
    ],
    [
      'responseFailed',
      on => on.responseFailed?.({ ...request, error: 'secret' }),
      {
        level: 'error',
        message: 'the response could not be sent',
        fields: { ...ids, error: { thrown: 'string' } },
      },
    ],
    [
      'keysUnavailable',
      on => on.keysUnavailable?.({ reason: 'HTTP 500', usableForMs: 9 }),
      {
        level: 'error',
        message: 'the keys that sign tokens cannot be fetched',
        fields: { setting: 'JWT_JWKS_URL', reason: 'HTTP 500', usableForMs: 9 },
      },
    ],
    [
      'keysRecovered',
      on => on.keysRecovered?.({}),
      {
        level: 'info',
        message: 'the keys that sign tokens can be fetched again',
        fields: { setting: 'JWT_JWKS_URL' },
      },
    ],
    [
      'unusableKeyFound',
      on => on.unusableKeyFound?.({}),
      {
        level: 'error',
        message: 'a key that signs tokens cannot be used',
        fields: { setting: 'JWT_JWKS_URL' },
      },
    ],
  ];

  it.each(CASES)('%s: %o', (_event, notify, line) => {
    const { subscriber, lines } = openSubscriber();
    notify(subscriber);
    expect(lines).toEqual(line === null ? [] : [line]);
  });
});

it('the breaker is logged when it opens and when it closes, and not when a probe fails', () => {
  const { subscriber, lines } = openSubscriber();
  const states: Events['breakerChanged']['state'][] = [
    'open',
    'half-open',
    'open',
    'half-open',
    'closed',
    'open',
  ];
  for (const state of states) subscriber.breakerChanged?.({ state, attempts: 20, failures: 11 });
  expect(lines).toEqual([
    {
      level: 'warn',
      message: 'breaker opened: calls are refused for a while',
      fields: { attempts: 20, failures: 11 },
    },
    { level: 'info', message: 'breaker closed: the upstream answers again', fields: {} },
    expect.objectContaining({ level: 'warn' }),
  ]);
});

it.each([
  [ACCEPT_ERROR_LOG_INTERVAL - 1, 1],
  [ACCEPT_ERROR_LOG_INTERVAL, 2],
  [ACCEPT_ERROR_LOG_INTERVAL + 1, 2],
])(
  'connections that cannot be accepted are logged once in a while: after %i ms there are %i lines',
  (ms, count) => {
    const { subscriber, lines } = openSubscriber();
    for (let n = 0; n < 3; n += 1) subscriber.acceptFailed?.({ code: 'EMFILE' });
    vi.advanceTimersByTime(ms);
    subscriber.acceptFailed?.({ code: 'EMFILE' });
    expect(lines).toEqual(
      Array.from({ length: count }, () => ({
        level: 'error',
        message: 'a connection could not be accepted',
        fields: { code: 'EMFILE' },
      })),
    );
  },
);
