import type { Caller } from '../model/caller.ts';
import { Failure } from '../model/failure.ts';
import type { MeetingId } from '../model/meeting-id.ts';
import type { ZoomMeeting } from '../model/zoom-meeting.ts';
import type { Scope } from './scope.ts';

/** What a call under way is doing. */
export type CallPhase = 'queued' | 'on the wire' | 'before its retry';

/** One call for one meeting on one caller's credentials, and all who wait for it. */
export interface SharedCall {
  readonly id: MeetingId;
  readonly caller: Caller;
  /** The request that started it. */
  readonly starter: Scope;
  /** Aborted once nobody waits any more. */
  readonly signal: AbortSignal;
  /** To be kept true by who runs the call: it decides what a waiter is told whose time is up. */
  phase: CallPhase;
  /** The latest moment anybody waits for. */
  deadline(): number;
}

interface Entry extends SharedCall {
  readonly controller: AbortController;
  readonly waiters: Set<Scope>;
  readonly result: Promise<ZoomMeeting>;
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
  readonly #calls = new Map<string, Entry>();
  readonly #options: SharedCallsOptions;

  constructor(options: SharedCallsOptions) {
    this.#options = options;
  }

  /** Waits for the call under way for this meeting and caller, or starts one. Rejects with the scope's reason if it aborts first. */
  join(id: MeetingId, caller: Caller, scope: Scope): Promise<ZoomMeeting> {
    if (scope.signal.aborted) return Promise.reject(scope.signal.reason);
    const key = `${id} ${caller.fingerprint}`;
    const underWay = this.#calls.get(key);
    if (underWay) scope.tally.coalesced += 1;
    return this.#wait(underWay ?? this.#start(key, id, caller, scope), key, scope);
  }

  #start(key: string, id: MeetingId, caller: Caller, starter: Scope): Entry {
    const controller = new AbortController();
    const waiters = new Set([starter]);
    const call: SharedCall = {
      id,
      caller,
      starter,
      signal: controller.signal,
      phase: 'queued',
      deadline: () => Math.max(...Array.from(waiters, waiter => waiter.deadline)),
    };
    const result = this.#options.run(call).finally(() => this.#forget(key, controller));
    const entry: Entry = Object.assign(call, { controller, waiters, result });
    this.#calls.set(key, entry);
    return entry;
  }

  #wait(entry: Entry, key: string, scope: Scope): Promise<ZoomMeeting> {
    const { signal } = scope;
    entry.waiters.add(scope);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        entry.waiters.delete(scope);
        const { reason } = signal;
        reject(reason instanceof Failure && entry.phase === 'queued' ? this.#options.overloaded() : reason);
        if (entry.waiters.size > 0) return;
        // Whoever asks from now on starts anew: an aborted call has no answer to share.
        this.#forget(key, entry.controller);
        entry.controller.abort(reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      void entry.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }

  #forget(key: string, controller: AbortController): void {
    if (this.#calls.get(key)?.controller === controller) this.#calls.delete(key);
  }
}
