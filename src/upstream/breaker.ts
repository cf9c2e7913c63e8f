import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { Clock } from './clock.ts';

/** When the breaker opens and for how long; times in milliseconds. */
export interface BreakerOptions {
  /** Off: every attempt passes and nothing is counted. */
  readonly enabled: boolean;
  /** Opens when more than this share of the attempts failed, */
  readonly failureRatio: number;
  /** of at least so many attempts */
  readonly minAttempts: number;
  /** that ended within so long. */
  readonly window: number;
  /** How long it stays open before one attempt may probe. */
  readonly openFor: number;
}

/** How an attempt ended: `aborted` says nothing about the upstream. */
export type AttemptEnd = 'succeeded' | 'failed' | 'aborted';

/** The window moves in this many steps. */
const STEPS = 40;

interface Step {
  /** Which step since the clock's beginning the counts are of. */
  index: number;
  attempts: number;
  failures: number;
}

const NOTHING: Readonly<Step> = { index: -1, attempts: 0, failures: 0 };

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
  readonly #steps: Step[] = Array.from({ length: STEPS }, () => ({ ...NOTHING }));
  #state: State = { name: 'closed' };

  constructor(options: BreakerOptions, clock: Clock, log: Log) {
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
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
   * @returns what is to be told, once, how the attempt ended.
   * @throws Failure UPSTREAM_UNAVAILABLE with `retryAfter` when the breaker is open.
   */
  admit(): (end: AttemptEnd) => void {
    this.check();
    if (this.#state.name === 'open') return this.#probe();
    return end => {
      // What began before the breaker opened says nothing about the time after.
      if (this.#state.name === 'closed' && end !== 'aborted') this.#count(end === 'failed');
    };
  }

  #probe(): (end: AttemptEnd) => void {
    const probing: State = { name: 'probing' };
    this.#state = probing;
    return end => {
      if (this.#state !== probing) return;
      if (end === 'succeeded') {
        this.#state = { name: 'closed' };
        for (const step of this.#steps) Object.assign(step, NOTHING);
        this.#log.info({}, 'breaker closed: the upstream answers again');
      } else {
        // An aborted probe has shown nothing: the next attempt may probe at once.
        this.#open(end === 'failed' ? this.#options.openFor : 0);
      }
    };
  }

  #count(failed: boolean): void {
    if (!this.#options.enabled) return;
    const index = Math.floor(this.#clock.now() / (this.#options.window / STEPS));
    const step = this.#steps[index % STEPS];
    if (!step) return;
    if (step.index !== index) Object.assign(step, NOTHING, { index });
    step.attempts += 1;
    if (!failed) return;
    step.failures += 1;
    const { attempts, failures } = this.#sum(index);
    if (attempts >= this.#options.minAttempts && failures > attempts * this.#options.failureRatio) {
      this.#log.warn({ attempts, failures }, 'breaker opened: calls are refused for a while');
      this.#open(this.#options.openFor);
    }
  }

  #sum(newest: number): { attempts: number; failures: number } {
    let attempts = 0;
    let failures = 0;
    for (const step of this.#steps) {
      if (step.index <= newest - STEPS) continue;
      attempts += step.attempts;
      failures += step.failures;
    }
    return { attempts, failures };
  }

  #open(milliseconds: number): void {
    this.#state = { name: 'open', until: this.#clock.now() + milliseconds };
  }
}
