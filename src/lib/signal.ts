/** Tells those who work for somebody when nobody wants it any more; like an AbortSignal. */
export interface Signal {
  readonly aborted: boolean;
  /** With what that fails which was still waited for. */
  readonly reason: unknown;
  /** Has something run once, when it aborts. */
  onAbort(run: () => void): void;
  offAbort(run: () => void): void;
}

/** A signal, and the way to abort it. A request makes two and listens at five places: AbortSignals would cost ten times as much. */
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

  /** Aborts; what comes after the first time changes nothing. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const run of this.#listeners) run();
    this.#listeners.clear();
  }
}
