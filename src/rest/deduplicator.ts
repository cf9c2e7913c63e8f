import type { CallStats, RequestContext } from '../lib/request-context.ts';
import type { Signal } from '../lib/signal.ts';
import { SignalSource } from '../lib/signal.ts';
import type { TraceContext } from '../lib/trace-context.ts';

/** A request that waits for a call. */
interface Waiter<Output> {
  readonly context: RequestContext;
  readonly resolve: (output: Output) => void;
  readonly reject: (reason: unknown) => void;
  readonly leave: () => void;
}

/** The context of a call that several requests may share. */
export interface CallContext extends RequestContext {
  /** Whether others have joined the request that has started it. */
  readonly isShared: boolean;
}

/** A call in flight, and the context it is made in: it lives as long as anybody waits for it. */
class SharedCall<Output> implements CallContext {
  readonly signal = new SignalSource();
  isShared = false;
  readonly waiters = new Set<Waiter<Output>>();
  readonly #initiator: RequestContext;

  constructor(initiator: RequestContext) {
    this.#initiator = initiator;
  }

  get requestId(): string {
    return this.#initiator.requestId;
  }

  get trace(): TraceContext {
    return this.#initiator.trace;
  }

  /** The initiator pays for the call, also once it has left. */
  get stats(): CallStats {
    return this.#initiator.stats;
  }

  /** The latest deadline of all waiters. */
  get deadline(): number {
    let latest = Number.NEGATIVE_INFINITY;
    for (const { context } of this.waiters) latest = Math.max(latest, context.deadline);
    return latest;
  }
}

/**
 * Lets requests for the same on the same credentials share one call while it is in flight.
 * A waiter that leaves takes nothing from the others; nothing is kept after the response.
 */
export class Deduplicator {
  /** By credentials, then by key: callers with different credentials never share a call. */
  readonly #calls = new Map<string, Map<string, SharedCall<never>>>();
  readonly #reasonToLeave: (call: Signal, reason: unknown) => unknown;

  /**
   * @param reasonToLeave what a waiter is rejected with that leaves a call: the signal of the call, and the reason of
   * the waiter's own.
   */
  constructor(reasonToLeave: (call: Signal, reason: unknown) => unknown) {
    this.#reasonToLeave = reasonToLeave;
  }

  /**
   * Waits for the call in flight for these credentials and this key, or starts one.
   * Rejects as soon as the context's signal aborts.
   * @param credentials all of the caller's credentials, and not a hash of them.
   * @param key names the operation and its input, so that all calls of one key have the same type.
   * @param start makes the call in the shared context, whose signal aborts once nobody waits any more.
   */
  run<Output>(
    credentials: string,
    key: string,
    context: RequestContext,
    start: (shared: CallContext) => Promise<Output>,
  ): Promise<Output> {
    if (context.signal.aborted) return Promise.reject(context.signal.reason);
    // A key names its operation, so its calls have the type of that operation.
    const inFlight = this.#calls.get(credentials)?.get(key) as SharedCall<Output> | undefined;
    const forget = (): void => this.#forget(credentials, key, call);
    const call = inFlight ?? new SharedCall<Output>(context);
    const output = this.#wait(call, context, forget);
    if (inFlight) {
      call.isShared = true;
      context.stats.deduplicated += 1;
      return output;
    }
    this.#remember(credentials, key, call);
    start(call).then(
      value => settle(call, forget, waiter => waiter.resolve(value)),
      (error: unknown) => settle(call, forget, waiter => waiter.reject(error)),
    );
    return output;
  }

  #wait<Output>(call: SharedCall<Output>, context: RequestContext, forget: () => void): Promise<Output> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        call.waiters.delete(waiter);
        const { reason } = context.signal;
        reject(this.#reasonToLeave(call.signal, reason));
        if (call.waiters.size > 0) return;
        // Whoever asks from now on starts anew: an aborted call has no response to share.
        forget();
        call.signal.abort(reason);
      };
      const waiter: Waiter<Output> = { context, resolve, reject, leave };
      call.waiters.add(waiter);
      context.signal.onAbort(leave);
    });
  }

  #remember<Output>(credentials: string, key: string, call: SharedCall<Output>): void {
    const ofCaller = this.#calls.get(credentials);
    if (ofCaller) ofCaller.set(key, call);
    else this.#calls.set(credentials, new Map([[key, call]]));
  }

  #forget<Output>(credentials: string, key: string, call: SharedCall<Output>): void {
    const ofCaller = this.#calls.get(credentials);
    // It may have been forgotten before, and another have begun.
    if (ofCaller?.get(key) !== call) return;
    ofCaller.delete(key);
    if (ofCaller.size === 0) this.#calls.delete(credentials);
  }
}

function settle<Output>(
  call: SharedCall<Output>,
  forget: () => void,
  settleWaiter: (waiter: Waiter<Output>) => void,
): void {
  forget();
  for (const waiter of call.waiters) {
    waiter.context.signal.offAbort(waiter.leave);
    settleWaiter(waiter);
  }
}
