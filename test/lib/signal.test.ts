import { expect, it } from 'vitest';
import { SignalSource } from '../../src/lib/signal.ts';

it('a signal keeps the reason it was first aborted with, and runs each listener once', () => {
  const signal = new SignalSource();
  let runs = 0;
  signal.onAbort(() => {
    runs += 1;
  });
  signal.abort('first');
  signal.abort('second');
  expect([signal.aborted, signal.reason, runs]).toEqual([true, 'first', 1]);
});
