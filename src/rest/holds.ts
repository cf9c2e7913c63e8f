import type { Caller } from '../auth/caller.ts';
import type { Clock } from '../lib/clock.ts';
import type { GatewayError } from '../lib/errors.ts';
import type { RequestContext } from '../lib/request-context.ts';
import type { Signal } from '../lib/signal.ts';
import type { Observer } from '../observability/observer.ts';
import type { Hold, HoldChange, HoldsOptions, Refusal } from './hold.ts';
import { extendHold, isOver, refusalIn, refusalOf } from './hold.ts';
import type { HeldAttempt, Holds } from './limits.ts';

/** Most holds; beyond it the oldest is lifted. */
export const MAX_HOLDS = 10_000;

/**
 * The holds of one process.
 * When a hold ends, one call goes first; the others follow unless it is refused as well. An attempt that was sent after
 * the one that was refused, and succeeds, lifts the hold.
 */
export class InProcessHolds implements Holds {
  /** By name, the oldest first. */
  readonly #holds = new Map<string, Hold>();
  /** The hold that a call waits for, by the signal of the call. */
  readonly #waiting = new Map<Signal, Hold>();
  readonly #options: HoldsOptions;
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #notify: HoldChange;
  #attempts = 0;
  /** Goes through all holds, again and again. */
  #sweep = this.#holds.values();

  /** @param notify is called for each change that a response of the upstream has led to. */
  constructor(options: HoldsOptions, clock: Clock, observer: Observer, notify: HoldChange = () => {}) {
    this.#options = options;
    this.#clock = clock;
    this.#observer = observer;
    this.#notify = notify;
  }

  admit(caller: Caller, context: RequestContext): HeldAttempt | Promise<HeldAttempt> {
    if (this.#holds.size > 0) this.#lookAtNext();
    const hold = this.#find(caller);
    if (hold === undefined) return this.#attempt(caller);
    const { signal, deadline } = context;
    if (signal.aborted) throw signal.reason;
    const now = this.#clock.now();
    if (hold.until <= now && hold.probe === null && hold.waiters.size === 0) return this.#probe(hold, caller);
    if (deadline <= hold.until || this.#waiting.size >= this.#options.maxWaiting) throw refusalOf(hold, now);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        hold.waiters.delete(signal);
        this.#waiting.delete(signal);
        signal.offAbort(onAbort);
      };
      const onAbort = (): void => {
        leave();
        if (hold.waiters.size === 0) hold.cancelTimer();
        reject(signal.reason);
      };
      hold.waiters.set(signal, {
        deadline: () => context.deadline,
        follow: () => {
          leave();
          resolve(this.#attempt(caller));
        },
        probe: () => {
          leave();
          resolve(this.#probe(hold, caller));
        },
        fail: () => {
          leave();
          reject(refusalOf(hold, this.#clock.now()));
        },
      });
      this.#waiting.set(signal, hold);
      signal.onAbort(onAbort);
      if (hold.waiters.size === 1) this.#startTimer(hold);
    });
  }

  failureOf(signal: Signal): GatewayError | null {
    const hold = this.#waiting.get(signal);
    return hold === undefined ? null : refusalOf(hold, this.#clock.now());
  }

  /**
   * Starts a hold, or extends the one of that name.
   * @param since the number of the attempt that was refused; by default the latest.
   */
  start(name: string, refusal: Refusal, since = this.#attempts): void {
    const earlier = this.#holds.get(name);
    const hold = extendHold(earlier, name, {
      refusal,
      since,
      maxHold: this.#options.maxHold,
      now: this.#clock.now(),
    });
    if (earlier === undefined) {
      const [oldest] = this.#holds.values();
      if (this.#holds.size >= MAX_HOLDS && oldest !== undefined) this.#lift(oldest);
      this.#holds.set(name, hold);
      this.#observer.holdsChanged({ holds: this.#holds.size, started: refusal.code });
    }
    for (const waiter of [...hold.waiters.values()]) if (waiter.deadline() <= hold.until) waiter.fail();
    this.#startTimer(hold);
  }

  /** Lifts the hold of a name, if there is one: the calls that wait for it go on. */
  lift(name: string): void {
    const hold = this.#holds.get(name);
    if (hold) this.#lift(hold);
  }

  /** Lifts the next hold if it is over: its callers may never come back. Each call looks at another one, in turn. */
  #lookAtNext(): void {
    const next = this.#sweep.next();
    if (next.done) this.#sweep = this.#holds.values();
    else this.#liftIfOver(next.value);
  }

  #liftIfOver(hold: Hold): boolean {
    return isOver(hold, this.#options.maxHold, this.#clock.now()) && this.#lift(hold);
  }

  #find(caller: Caller): Hold | undefined {
    const hold = this.#holds.size === 0 ? undefined : this.#holds.get(this.#options.nameOf(caller));
    return hold === undefined || this.#liftIfOver(hold) ? undefined : hold;
  }

  #attempt(caller: Caller): HeldAttempt {
    let sequence = 0;
    return {
      start: () => {
        sequence = ++this.#attempts;
        return this.#find(caller) === undefined;
      },
      end: outcome => {
        if (outcome === null) return;
        const refusal = refusalIn(outcome);
        if (refusal !== null) return this.#startAndNotify(this.#options.nameOf(caller), refusal, sequence);
        const hold = this.#find(caller);
        if (hold !== undefined && 'value' in outcome && sequence > hold.since) this.#liftAndNotify(hold);
      },
    };
  }

  /** The attempt that goes first when a hold has ended. */
  #probe(hold: Hold, caller: Caller): HeldAttempt {
    const attempt = this.#attempt(caller);
    hold.probe = attempt;
    return {
      // A call that was sent before may have been refused since, which has extended the hold.
      start: () => attempt.start() || (hold.probe === attempt && hold.until <= this.#clock.now()),
      end: outcome => {
        const isProbe = hold.probe === attempt;
        if (isProbe) hold.probe = null;
        attempt.end(outcome);
        if (!isProbe) return;
        // Whatever else the upstream said, it was no refusal: it accepts calls again.
        if (outcome !== null && refusalIn(outcome) === null) this.#liftAndNotify(hold);
        else this.#startTimer(hold);
      },
    };
  }

  /** Wakes the first that waits when the hold ends; at once if it has. */
  #startTimer(hold: Hold): void {
    hold.cancelTimer();
    if (hold.waiters.size === 0) return;
    const wakeFirst = (): void => {
      const [first] = hold.waiters.values();
      if (hold.probe === null) first?.probe();
    };
    const left = hold.until - this.#clock.now();
    if (left <= 0) wakeFirst();
    else hold.cancelTimer = this.#clock.after(left, wakeFirst);
  }

  #startAndNotify(name: string, refusal: Refusal, since: number): void {
    this.start(name, refusal, since);
    this.#notify(name, refusal);
  }

  #liftAndNotify(hold: Hold): void {
    if (this.#lift(hold)) this.#notify(hold.name, null);
  }

  /** Lifts a hold. @returns false if it was lifted before. */
  #lift(hold: Hold): boolean {
    // Another of its name may have begun.
    if (this.#holds.get(hold.name) !== hold) return false;
    this.#holds.delete(hold.name);
    hold.cancelTimer();
    hold.probe = null;
    this.#observer.holdsChanged({ holds: this.#holds.size, started: null });
    for (const waiter of [...hold.waiters.values()]) waiter.follow();
    return true;
  }
}
