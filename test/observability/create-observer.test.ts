import { expect, it, vi } from 'vitest';
import { createTraceContext } from '../../src/lib/trace-context.ts';
import { createObserver } from '../../src/observability/create-observer.ts';
import type { Subscriber } from '../../src/observability/observer.ts';
import { createMemoryLog } from '../support/log.ts';

const EVENT = { inFlight: 1, queued: 0 };

it('an event without subscribers does nothing', () => {
  const { log, lines } = createMemoryLog();
  const observer = createObserver([{ callRequested: () => {} }], log);
  expect(observer.queueChanged(EVENT)).toBeUndefined();
  expect(lines).toEqual([]);
});

it.each([1, 2, 3])('%i subscribers of an event are notified once each, in their order', count => {
  const notified: number[] = [];
  const subscribers = Array.from(
    { length: count },
    (_, n): Subscriber => ({
      queueChanged(event) {
        expect(event).toBe(EVENT);
        notified.push(n);
      },
    }),
  );
  createObserver(subscribers, createMemoryLog().log).queueChanged(EVENT);
  expect(notified).toEqual(Array.from({ length: count }, (_, n) => n));
});

it('a subscriber is notified of the events it has a function for, and of no other', () => {
  const queueChanged = vi.fn();
  const keysRecovered = vi.fn();
  const observer = createObserver([{ queueChanged }, { keysRecovered }], createMemoryLog().log);
  observer.keysRecovered({});
  expect([queueChanged.mock.calls, keysRecovered.mock.calls]).toEqual([[], [[{}]]]);
});

it.each([1, 2])(
  'a subscriber that throws reaches neither the caller nor others, and is logged once: %i subscribers',
  count => {
    const { log, lines } = createMemoryLog();
    const healthy = vi.fn();
    const failing: Subscriber = {
      queueChanged() {
        throw new RangeError('with a secret');
      },
      callRequested() {
        throw new TypeError('with a secret');
      },
    };
    const observer = createObserver([failing, { queueChanged: healthy }].slice(0, count), log);
    for (let n = 0; n < 3; n += 1) observer.queueChanged(EVENT);
    expect(healthy).toHaveBeenCalledTimes(count === 1 ? 0 : 3);
    observer.callRequested({
      requestId: 'r',
      trace: createTraceContext(),
      operation: 'syncMeeting',
    });
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'error',
        message: 'a subscriber failed',
        fields: { event: 'queueChanged', error: expect.objectContaining({ name: 'RangeError' }) },
      }),
      expect.objectContaining({
        fields: { event: 'callRequested', error: expect.objectContaining({ name: 'TypeError' }) },
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  },
);
