import type { Clock } from './clock.ts';
import { GatewayError } from './errors.ts';
import type { Signal } from './signal.ts';
import { SignalSource } from './signal.ts';
import type { TraceContext } from './trace-context.ts';
import { createTraceContext } from './trace-context.ts';

/** What a request has cost upstream so far. */
export interface CallStats {
  /** Calls it has sent upstream, retries and calls resent after a stale connection included. */
  calls: number;
  /** How many of them were retries. */
  retries: number;
  /** How often it shared a call that was already in flight. */
  deduplicated: number;
}

/** What tells a request from all others, in responses, logs and traces. */
export interface RequestIdentity {
  /** Goes upstream as `x-request-id`. */
  readonly requestId: string;
  readonly trace: TraceContext;
}

/** On whose behalf a call is made, and until when. */
export interface RequestContext extends RequestIdentity {
  /** Aborted at the deadline, or when the client has disconnected; what is still pending fails with its reason. */
  readonly signal: Signal;
  /** The time, on the gateway's clock, after which nobody waits any more. */
  readonly deadline: number;
  readonly stats: CallStats;
}

/** A request context, and the ways to end it. */
export interface OwnedRequestContext {
  readonly context: RequestContext;
  /** To be called when the request was answered: nothing of it is pending any more. */
  readonly finish: () => void;
  /** To be called when its client has disconnected: what is pending for it alone is aborted. */
  readonly cancel: () => void;
}

/**
 * Creates the context of a request that begins now.
 * @param timeout milliseconds until its deadline, when what is still pending fails with UPSTREAM_TIMEOUT.
 * @param trace the trace it belongs to; by default a new one.
 */
export function createRequestContext(
  requestId: string,
  timeout: number,
  clock: Clock,
  trace: TraceContext = createTraceContext(),
): OwnedRequestContext {
  const signal = new SignalSource();
  const cancelTimer = clock.after(timeout, () => signal.abort(new GatewayError('UPSTREAM_TIMEOUT')));
  return {
    context: {
      requestId,
      trace,
      signal,
      deadline: clock.now() + timeout,
      stats: { calls: 0, retries: 0, deduplicated: 0 },
    },
    finish: cancelTimer,
    cancel() {
      cancelTimer();
      signal.abort(new Error('nobody waits any more'));
    },
  };
}
