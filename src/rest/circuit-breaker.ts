import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/errors.ts';
import type { Log } from '../observability/log.ts';
import type { FailureRule } from './failure-window.ts';
import { FailureWindow } from './failure-window.ts';

/** When the breaker opens and for how long; times in milliseconds. */
export interface BreakerOptions extends FailureRule {
  /** Off: every attempt passes and nothing is counted. */
  readonly enabled: boolean;
  /** How long it stays open before one attempt may probe. */
  readonly openFor: number;
}

/** How an attempt ended: `aborted` says nothing about the upstream. */
export type AttemptEnd = 'succeeded' | 'failed' | 'aborted';

type State =
  | { readonly name: 'closed' }
  | { readonly name: 'open'; readonly until: number }
  | { readonly name: 'probing' };

/**
 * Stops calls while the upstream is in trouble, so that it can recover and callers learn at once.
 *
 * cockatiel's and opossum's were looked at: their windows turn only when called, so that failures of an hour ago still
 * count after a quiet time; in cockatiel an aborted probe closes the circuit and calls beside the probe wait for it.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #window: FailureWindow;
  #state: State = { name: 'closed' };

  constructor(options: BreakerOptions, clock: Clock, log: Log) {
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#window = new FailureWindow(options);
  }

  /** @throws Failure UPSTREAM_UNAVAILABLE with `retryAfter` when an attempt would be refused now. */
  check(): void {
    const state = this.#state;
    if (state.name === 'closed') return;
    const left = state.name === 'open' ? state.until - this.#clock.now() : this.#options.openFor;
    if (left <= 0) return;
    throw new Failure('UPSTREAM_UNAVAILABLE', {
      retryAfter: Math.ceil(left / 1000),
      cause: { breaker: state.name },
    });
  }

  /**
   * Lets an attempt pass.
   * @param caller a name that tells callers apart; it is kept for as long as the window, and must be no secret.
   * @returns what is to be told, once, how the attempt ended.
   * @throws Failure UPSTREAM_UNAVAILABLE with `retryAfter` when the breaker is open.
   */
  admit(caller: string): (end: AttemptEnd) => void {
    this.check();
    if (this.#state.name === 'open') return this.#probe();
    return end => {
      // What began before the breaker opened says nothing about the time after.
      if (this.#state.name === 'closed' && end !== 'aborted') this.#count(caller, end === 'failed');
    };
  }

  #probe(): (end: AttemptEnd) => void {
    const probing: State = { name: 'probing' };
    this.#state = probing;
    return end => {
      if (this.#state !== probing) return;
      if (end === 'succeeded') {
        this.#state = { name: 'closed' };
        this.#window.clear();
        this.#log.info({}, 'breaker closed: the upstream answers again');
      } else {
        // An aborted probe has shown nothing: the next attempt may probe at once.
        this.#open(end === 'failed' ? this.#options.openFor : 0);
      }
    };
  }

  #count(caller: string, failed: boolean): void {
    if (!this.#options.enabled) return;
    this.#window.record(caller, failed, this.#clock.now());
    if (!failed || !this.#window.isExceeded()) return;
    this.#log.warn({ ...this.#window.total() }, 'breaker opened: calls are refused for a while');
    this.#open(this.#options.openFor);
  }

  #open(milliseconds: number): void {
    this.#state = { name: 'open', until: this.#clock.now() + milliseconds };
  }
}
