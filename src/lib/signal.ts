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
  readonly #listeners = new Set<() => void>();

  onAbort(run: () => void): void {
    this.#listeners.add(run);
  }

  offAbort(run: () => void): void {
    this.#listeners.delete(run);
  }

  /** Aborts; calls after the first change nothing. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const run of this.#listeners) run();
    this.#listeners.clear();
  }
}
