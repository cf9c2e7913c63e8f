import type { Caller } from '../auth/caller.ts';
import { Failure } from '../lib/errors.ts';
import type { RequestContext } from '../lib/request-context.ts';
import type { Signal } from '../lib/signal.ts';
import { SignalSource } from '../lib/signal.ts';
import type { ZoomMeeting } from '../luminus/meeting.ts';
import type { MeetingId } from '../luminus/meeting-id.ts';

/** What a call under way is doing. */
export type CallPhase = 'queued' | 'on the wire' | 'before its retry';

/** One call for one meeting on one caller's credentials, and all who wait for it. */
export interface SharedCall {
  readonly id: MeetingId;
  readonly caller: Caller;
  /** The request that started it. */
  readonly starter: RequestContext;
  /** Aborted once nobody waits any more. */
  readonly signal: Signal;
  /** To be kept true by who runs the call: it decides what a waiter is told whose time is up. */
  phase: CallPhase;
  /** The latest moment anybody waits for. */
  deadline(): number;
}

/** A request that waits for a call. */
interface Waiter {
  readonly context: RequestContext;
  readonly resolve: (meeting: ZoomMeeting) => void;
  readonly reject: (reason: unknown) => void;
  readonly leave: () => void;
}

interface Entry extends SharedCall {
  readonly signal: SignalSource;
  readonly waiters: Set<Waiter>;
}

/** What a shared call needs from its surroundings. */
export interface SharedCallsOptions {
  /** Makes the call. */
  readonly run: (call: SharedCall) => Promise<ZoomMeeting>;
  /** What a waiter is told whose time is up while the call still waits in our own queue. */
  readonly overloaded: () => Failure;
}

/**
 * Lets requests for the same meeting on the same credentials share one call while it is under way.
 * A waiter that leaves takes nothing from the others; nothing is kept after the answer.
 */
export class SharedCalls {
  /** By caller, then by meeting. */
  readonly #calls = new Map<string, Map<MeetingId, Entry>>();
  readonly #options: SharedCallsOptions;

  constructor(options: SharedCallsOptions) {
    this.#options = options;
  }

  /** Waits for the call under way for this meeting and caller, or starts one. Rejects with the context's reason if it aborts first. */
  join(id: MeetingId, caller: Caller, context: RequestContext): Promise<ZoomMeeting> {
    if (context.signal.aborted) return Promise.reject(context.signal.reason);
    const underWay = this.#calls.get(caller.key)?.get(id);
    if (underWay) {
      context.stats.coalesced += 1;
      return this.#wait(underWay, context);
    }
    const entry = entryFor(id, caller, context);
    this.#remember(entry);
    const answer = this.#wait(entry, context);
    this.#options.run(entry).then(
      meeting => this.#settle(entry, waiter => waiter.resolve(meeting)),
      (error: unknown) => this.#settle(entry, waiter => waiter.reject(error)),
    );
    return answer;
  }

  #wait(entry: Entry, context: RequestContext): Promise<ZoomMeeting> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        entry.waiters.delete(waiter);
        const { reason } = context.signal;
        reject(reason instanceof Failure && entry.phase === 'queued' ? this.#options.overloaded() : reason);
        if (entry.waiters.size > 0) return;
        // Whoever asks from now on starts anew: an aborted call has no answer to share.
        this.#forget(entry);
        entry.signal.abort(reason);
      };
      const waiter: Waiter = { context, resolve, reject, leave };
      entry.waiters.add(waiter);
      context.signal.onAbort(leave);
    });
  }

  #settle(entry: Entry, tell: (waiter: Waiter) => void): void {
    this.#forget(entry);
    for (const waiter of entry.waiters) {
      waiter.context.signal.offAbort(waiter.leave);
      tell(waiter);
    }
  }

  #remember(entry: Entry): void {
    const { id, caller } = entry;
    const ofCaller = this.#calls.get(caller.key);
    if (ofCaller) ofCaller.set(id, entry);
    else this.#calls.set(caller.key, new Map([[id, entry]]));
  }

  #forget({ id, caller, signal }: Entry): void {
    const ofCaller = this.#calls.get(caller.key);
    // It may have been forgotten before, and another have begun.
    if (ofCaller?.get(id)?.signal !== signal) return;
    ofCaller.delete(id);
    if (ofCaller.size === 0) this.#calls.delete(caller.key);
  }
}

function entryFor(id: MeetingId, caller: Caller, starter: RequestContext): Entry {
  const waiters = new Set<Waiter>();
  return {
    id,
    caller,
    starter,
    signal: new SignalSource(),
    phase: 'queued',
    waiters,
    deadline: () => Math.max(...Array.from(waiters, ({ context }) => context.deadline)),
  };
}
