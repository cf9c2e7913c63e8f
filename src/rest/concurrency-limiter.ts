import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/errors.ts';
import { runOnNextTick } from '../lib/next-tick.ts';
import type { Signal } from '../lib/signal.ts';

/** How many calls may be under way, and how many may wait for it. */
export interface BulkheadOptions {
  readonly maxInFlight: number;
  readonly maxInFlightPerCaller: number;
  readonly maxWaiting: number;
}

/** The calls of one caller: those under way, and those that wait in order of arrival. */
interface Line {
  readonly caller: string;
  inFlight: number;
  readonly waiting: Set<() => void>;
}

/** How much the newest call weighs in the mean that `retryAfter` is estimated from. */
const NEWEST_WEIGHT = 0.1;
const MAX_RETRY_AFTER = 60;

/**
 * Holds back what would be too many calls at once, for all and for one caller.
 * Who waits is served in turn by caller, and in order within one: a flood of one caller does not starve another.
 */
export class Bulkhead {
  /** The callers that have anything here, in the order of their turns. */
  readonly #lines = new Map<string, Line>();
  readonly #options: BulkheadOptions;
  readonly #clock: Clock;
  #inFlight = 0;
  #waiting = 0;
  #meanHold = 0;

  constructor(options: BulkheadOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /**
   * Waits for a place.
   * @param caller the key of the caller.
   * @param signal gives up waiting; the promise then rejects with its reason.
   * @returns what gives the place back, to be called once; at once where there is a place.
   * @throws Failure OVERLOADED at once when too many wait already.
   */
  enter(caller: string, signal: Signal): (() => void) | Promise<() => void> {
    if (signal.aborted) throw signal.reason;
    const line = this.#lineOf(caller);
    if (line.waiting.size === 0 && this.#hasPlaceFor(line)) return this.#occupy(line);
    if (this.#waiting >= this.#options.maxWaiting) {
      this.#forgetIfEmpty(line);
      throw this.overloaded();
    }
    return new Promise((resolve, reject) => {
      const serve = (): void => {
        signal.offAbort(leave);
        resolve(this.#occupy(line));
      };
      const leave = (): void => {
        line.waiting.delete(serve);
        this.#waiting -= 1;
        this.#forgetIfEmpty(line);
        reject(signal.reason);
      };
      signal.onAbort(leave);
      line.waiting.add(serve);
      this.#waiting += 1;
    });
  }

  /** What to tell who cannot be served; `retryAfter` is how long those who wait now are expected to take. */
  overloaded(): Failure {
    const seconds = (this.#waiting * this.#meanHold) / this.#options.maxInFlight / 1000;
    return new Failure('OVERLOADED', {
      retryAfter: Math.min(Math.max(Math.ceil(seconds), 1), MAX_RETRY_AFTER),
    });
  }

  #lineOf(caller: string): Line {
    let line = this.#lines.get(caller);
    if (!line) {
      line = { caller, inFlight: 0, waiting: new Set() };
      this.#lines.set(caller, line);
    }
    return line;
  }

  #hasPlaceFor(line: Line): boolean {
    return this.#inFlight < this.#options.maxInFlight && line.inFlight < this.#options.maxInFlightPerCaller;
  }

  #occupy(line: Line): () => void {
    const since = this.#clock.now();
    line.inFlight += 1;
    this.#inFlight += 1;
    return () => {
      this.#meanHold += (this.#clock.now() - since - this.#meanHold) * NEWEST_WEIGHT;
      // Requests that came together reach their deadline together: whose time is up leaves before anybody is served.
      if (this.#waiting > 0) runOnNextTick(() => this.#vacate(line));
      else this.#vacate(line);
    };
  }

  #vacate(line: Line): void {
    line.inFlight -= 1;
    this.#inFlight -= 1;
    this.#forgetIfEmpty(line);
    this.#serveNext();
  }

  #serveNext(): void {
    if (this.#waiting === 0) return;
    for (const line of this.#lines.values()) {
      const [serve] = line.waiting;
      if (serve === undefined || !this.#hasPlaceFor(line)) continue;
      line.waiting.delete(serve);
      this.#waiting -= 1;
      // To the end of the turn.
      this.#lines.delete(line.caller);
      this.#lines.set(line.caller, line);
      serve();
      return;
    }
  }

  #forgetIfEmpty(line: Line): void {
    if (line.inFlight === 0 && line.waiting.size === 0) this.#lines.delete(line.caller);
  }
}
