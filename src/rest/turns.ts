import type { Clock } from '../lib/clock.ts';
import type { Pace } from './limits.ts';

/** What a queue does when its turn has come. */
export interface TurnHandlers {
  /** A turn was taken: the next of the queue goes. If the queue is empty by now, the turn lapses. */
  readonly onTurn: () => void;
  /** There may be a turn now: the queue may take one. */
  readonly onTime: () => void;
}

/** Takes turns of a pace for a queue. While one is awaited, nobody overtakes the queue. */
export class Turns {
  readonly #pace: Pace;
  readonly #clock: Clock;
  readonly #handlers: TurnHandlers;
  #isAwaited = false;
  /** Ends the wait for the time of the next turn; null while that is not what is awaited. */
  #cancelWait: (() => void) | null = null;

  constructor(pace: Pace, clock: Clock, handlers: TurnHandlers) {
    this.#pace = pace;
    this.#clock = clock;
    this.#handlers = handlers;
  }

  /** Milliseconds between two turns in the long run. */
  get interval(): number {
    return this.#pace.interval;
  }

  /** Takes a turn. @returns false where there is none yet: the handlers are called when there may be. */
  take(): boolean {
    if (this.#isAwaited) return false;
    const wait = this.#pace.take();
    if (wait === 0) return true;
    this.#isAwaited = true;
    if (wait instanceof Promise) void wait.then(later => this.#onAnswer(later));
    else this.#waitFor(wait);
    return false;
  }

  /** To be called when the queue is empty: nobody waits for a turn any more. */
  cancel(): void {
    this.#cancelWait?.();
  }

  #onAnswer(wait: number): void {
    if (wait > 0) {
      this.#waitFor(wait);
      return;
    }
    this.#isAwaited = false;
    this.#handlers.onTurn();
  }

  #waitFor(milliseconds: number): void {
    const stop = (): void => {
      this.#cancelWait = null;
      this.#isAwaited = false;
    };
    const cancelTimer = this.#clock.after(milliseconds, () => {
      stop();
      this.#handlers.onTime();
    });
    this.#cancelWait = () => {
      cancelTimer();
      stop();
    };
  }
}
