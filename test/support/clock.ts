import type { Clock } from '../../src/lib/clock.ts';

/** A clock that a test moves by hand. */
export interface ManualClock extends Clock {
  /** Lets so many milliseconds pass: what is due runs, in order. */
  advance(milliseconds: number): void;
  /** As `advance`, with what each timer makes ready run before the next one, as Node does. */
  pass(milliseconds: number): Promise<void>;
  /** Settles once something waits for the moment so many milliseconds from now. */
  awaited(milliseconds: number): Promise<void>;
  /** Settles once no more than so many things wait for their moment. */
  left(count: number): Promise<void>;
}

/** Makes a clock that stands still until it is moved. */
export function createManualClock(): ManualClock {
  let now = 0;
  const due = new Map<object, { at: number; run: () => void }>();
  const watchers = new Set<() => void>();
  const runNext = (end: number): boolean => {
    const [next] = [...due].filter(([, { at }]) => at <= end).toSorted(([, a], [, b]) => a.at - b.at);
    if (!next) return false;
    const [key, { at, run }] = next;
    due.delete(key);
    now = Math.max(now, at);
    run();
    return true;
  };
  const until = (holds: () => boolean): Promise<void> =>
    new Promise(resolve => {
      const look = (): void => {
        if (!holds()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  return {
    now: () => now,
    after(milliseconds, run) {
      const key = {};
      due.set(key, { at: now + milliseconds, run });
      for (const look of watchers) look();
      return () => {
        due.delete(key);
        for (const look of watchers) look();
      };
    },
    advance(milliseconds) {
      const end = now + milliseconds;
      while (runNext(end));
      now = end;
    },
    async pass(milliseconds) {
      const end = now + milliseconds;
      // A tick comes after all promises that can settle by now, and before any setImmediate.
      while (runNext(end)) await new Promise<void>(resolve => process.nextTick(resolve));
      now = end;
    },
    awaited: milliseconds => until(() => [...due.values()].some(({ at }) => at === now + milliseconds)),
    left: count => until(() => due.size <= count),
  };
}
