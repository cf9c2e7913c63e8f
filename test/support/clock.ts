import type { Clock } from '../../src/upstream/clock.ts';

/** A clock that a test moves by hand. */
export interface ManualClock extends Clock {
  /** Lets so many milliseconds pass: what is due runs, in order. */
  advance(milliseconds: number): void;
  /** Settles once something waits for the moment so many milliseconds from now. */
  awaited(milliseconds: number): Promise<void>;
}

/** Makes a clock that stands still until it is moved. */
export function createManualClock(): ManualClock {
  let now = 0;
  const due = new Map<object, { at: number; run: () => void }>();
  const watchers = new Set<() => void>();
  return {
    now: () => now,
    after(milliseconds, run) {
      const key = {};
      due.set(key, { at: now + milliseconds, run });
      for (const look of watchers) look();
      return () => due.delete(key);
    },
    advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const [next] = [...due].filter(([, { at }]) => at <= end).toSorted(([, a], [, b]) => a.at - b.at);
        if (!next) break;
        const [key, { at, run }] = next;
        due.delete(key);
        now = Math.max(now, at);
        run();
      }
      now = end;
    },
    awaited: milliseconds =>
      new Promise(resolve => {
        const look = (): void => {
          if (![...due.values()].some(({ at }) => at === now + milliseconds)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
  };
}
