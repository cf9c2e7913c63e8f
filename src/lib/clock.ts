/** Time, so that a test can move it. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Runs something once after so many milliseconds; returns a function that cancels it. */
  after(milliseconds: number, run: () => void): () => void;
}

/** The time of the system. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};
