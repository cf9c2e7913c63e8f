import type { Clock } from '../lib/clock.ts';
import { GatewayError } from '../lib/errors.ts';
import type { Observer } from '../observability/observer.ts';
import type { FailureRule } from './failure-window.ts';
import { FailureWindow } from './failure-window.ts';
import type { CircuitBreaker, ReportEnd } from './limits.ts';

/** When the breaker opens and for how long; times in milliseconds. */
export interface CircuitBreakerOptions extends FailureRule {
  /** Off: every attempt is admitted and nothing is counted. */
  readonly enabled: boolean;
  /** How long it stays open before it is half-open: one attempt may probe. */
  readonly openFor: number;
}

type State =
  | { readonly name: 'closed' }
  | { readonly name: 'open'; readonly until: number }
  | { readonly name: 'half-open' };

/**
 * The circuit breaker of one process.
 *
 * cockatiel's and opossum's were looked at: their windows turn only when called, so that failures of an hour ago still
 * count after a quiet time; in cockatiel an aborted probe closes the circuit and calls beside the probe wait for it.
 */
export class InProcessCircuitBreaker implements CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #window: FailureWindow;
  #state: State = { name: 'closed' };
  /** How often it has opened. */
  #openings = 0;

  constructor(options: CircuitBreakerOptions, clock: Clock, observer: Observer) {
    this.#options = options;
    this.#clock = clock;
    this.#observer = observer;
    this.#window = new FailureWindow(options);
  }

  check(): undefined {
    const state = this.#state;
    if (state.name === 'closed') return;
    const left = state.name === 'open' ? state.until - this.#clock.now() : this.#options.openFor;
    if (left <= 0) return;
    throw new GatewayError('UPSTREAM_UNAVAILABLE', {
      retryAfter: Math.ceil(left / 1000),
      cause: { breaker: state.name },
    });
  }

  admit(callerId: string): ReportEnd {
    this.check();
    if (this.#state.name === 'open') return this.#probe();
    const openings = this.#openings;
    return end => {
      // What began before the breaker opened says nothing about the time after, also once it has closed again.
      if (this.#openings === openings && end !== 'aborted') this.#record(callerId, end === 'failed');
    };
  }

  #probe(): ReportEnd {
    // Until the end of the probe is reported, nothing else changes the state.
    this.#changeTo({ name: 'half-open' });
    return end => {
      if (end === 'succeeded') {
        this.#window.clear();
        this.#changeTo({ name: 'closed' });
      } else {
        // An aborted probe has shown nothing: the next attempt may probe at once.
        this.#open(end === 'failed' ? this.#options.openFor : 0);
      }
    };
  }

  #record(callerId: string, failed: boolean): void {
    if (!this.#options.enabled) return;
    this.#window.record(callerId, failed, this.#clock.now());
    if (failed && this.#window.isExceeded()) this.#open(this.#options.openFor);
  }

  #open(milliseconds: number): void {
    this.#openings += 1;
    this.#changeTo({ name: 'open', until: this.#clock.now() + milliseconds });
  }

  #changeTo(state: State): void {
    this.#state = state;
    this.#observer.breakerChanged({ state: state.name, ...this.#window.total() });
  }
}
