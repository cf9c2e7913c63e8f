import type { Clock } from './clock.ts';
import { Failure } from './errors.ts';
import type { Signal } from './signal.ts';
import { SignalSource } from './signal.ts';

/** What a request has cost so far, for its log line. */
export interface Tally {
  /** Calls it has sent upstream, those sent once more included. */
  calls: number;
  /** How many of them were second attempts. */
  retries: number;
  /** How often it shared a call that was under way already. */
  coalesced: number;
}

/** On whose behalf a call waits, and for how long. */
export interface Scope {
  /** Goes upstream as `x-request-id`. */
  readonly requestId: string;
  /** Aborted at the deadline, or when the client has left; its reason is what then fails. */
  readonly signal: Signal;
  /** The moment, on the upstream's clock, after which nobody waits any more. */
  readonly deadline: number;
  readonly tally: Tally;
}

/** A scope, and the way to end it. */
export interface OpenScope {
  readonly scope: Scope;
  /** To be called when the request has been answered: nothing of it runs any more. */
  readonly done: () => void;
  /** To be called when its client has left: what still runs for it alone is cut off. */
  readonly close: () => void;
}

/**
 * Opens the scope of a request that begins now.
 * @param timeout milliseconds until its deadline, when what still waits fails with UPSTREAM_TIMEOUT.
 */
export function openScope(requestId: string, timeout: number, clock: Clock): OpenScope {
  const signal = new SignalSource();
  const callOff = clock.after(timeout, () => signal.abort(new Failure('UPSTREAM_TIMEOUT')));
  return {
    scope: {
      requestId,
      signal,
      deadline: clock.now() + timeout,
      tally: { calls: 0, retries: 0, coalesced: 0 },
    },
    done: callOff,
    close() {
      callOff();
      signal.abort(new Error('nobody waits any more'));
    },
  };
}
