/** Tells those who work on something when nobody wants it any more, like an AbortSignal. */
export interface Signal {
  readonly aborted: boolean;
  /** What everything pending fails with. */
  readonly reason: unknown;
  /** Registers a listener that runs once, when the signal aborts; never if it has aborted already. */
  onAbort(run: () => void): void;
  offAbort(run: () => void): void;
}

/**
 * A signal, and the way to abort it. A request creates two and listens in five places: AbortControllers would cost ten
 * times as much.
 */
export class SignalSource implements Signal {
  aborted = false;
  reason: unknown = undefined;
  /** An array, as a request has few at a time: a Set takes twice as long. */
  readonly #listeners: (() => void)[] = [];

  onAbort(run: () => void): void {
    this.#listeners.push(run);
  }

  offAbort(run: () => void): void {
    const index = this.#listeners.indexOf(run);
    if (index !== -1) this.#listeners.splice(index, 1);
  }

  /** Aborts; calls after the first change nothing. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    // One at a time: a listener may remove others, which then must not run.
    for (let run = this.#listeners.shift(); run; run = this.#listeners.shift()) run();
  }
}
