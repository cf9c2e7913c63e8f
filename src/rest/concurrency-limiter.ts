import type { Clock } from '../lib/clock.ts';
import { GatewayError } from '../lib/errors.ts';
import { runOnNextTick } from '../lib/next-tick.ts';
import type { Signal } from '../lib/signal.ts';
import type { Observer } from '../observability/observer.ts';
import type { ConcurrencyLimiter, Pace, Release } from './limits.ts';
import { Turns } from './turns.ts';

/** How many calls may be in flight, and how many may be queued. */
export interface ConcurrencyLimiterOptions {
  readonly maxInFlight: number;
  readonly maxInFlightPerCaller: number;
  readonly maxQueued: number;
}

/** The calls of one caller: those in flight, and those that are queued, in order of arrival. */
interface CallerQueue {
  readonly callerId: string;
  inFlight: number;
  readonly grants: Set<() => void>;
}

/** How much the newest call weighs in the mean that `retryAfter` is estimated from. */
const NEWEST_WEIGHT = 0.1;
const MAX_RETRY_AFTER = 60;

/**
 * The concurrency limiter of one process, for all callers and for each.
 * Slots are granted to callers round-robin, and in order of arrival within one: a flood of one does not starve another.
 */
export class InProcessConcurrencyLimiter implements ConcurrencyLimiter {
  /** The callers that have a call in flight or queued, the next to be granted a slot first. */
  readonly #queues = new Map<string, CallerQueue>();
  /** The signals of the queued calls. */
  readonly #queued = new Set<Signal>();
  readonly #options: ConcurrencyLimiterOptions;
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #turns: Turns | null;
  #inFlight = 0;
  #meanDuration = 0;

  /** @param pace bounds how often slots are granted; null for as often as they are free. */
  constructor(
    options: ConcurrencyLimiterOptions,
    clock: Clock,
    observer: Observer,
    pace: Pace | null = null,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#observer = observer;
    this.#turns =
      pace === null
        ? null
        : new Turns(pace, clock, {
            onTurn: () => {
              const queue = this.#nextQueue();
              if (queue !== undefined) this.#grant(queue);
              this.#grantNext();
            },
            onTime: () => this.#grantNext(),
          });
  }

  acquire(callerId: string, signal: Signal): Release | Promise<Release> {
    if (signal.aborted) throw signal.reason;
    const queue = this.#queueOf(callerId);
    if (this.#hasSlotFor(queue) && this.#takeTurn()) return this.#takeSlot(queue, signal);
    if (this.#queued.size >= this.#options.maxQueued) {
      this.#forgetIfEmpty(queue);
      throw this.overloaded();
    }
    const since = this.#clock.now();
    return new Promise((resolve, reject) => {
      const dequeue = (): void => {
        this.#queued.delete(signal);
        this.#observer.callDequeued({ waitMs: this.#clock.now() - since });
      };
      const grant = (): void => {
        signal.offAbort(cancel);
        dequeue();
        resolve(this.#takeSlot(queue, signal));
      };
      const cancel = (): void => {
        queue.grants.delete(grant);
        dequeue();
        this.#forgetIfEmpty(queue);
        if (this.#queued.size === 0) this.#turns?.cancel();
        this.#notify();
        reject(signal.reason);
      };
      signal.onAbort(cancel);
      queue.grants.add(grant);
      this.#queued.add(signal);
      this.#notify();
    });
  }

  isQueued(signal: Signal): boolean {
    return this.#queued.has(signal);
  }

  overloaded(): GatewayError {
    const perCall = Math.max(this.#meanDuration / this.#options.maxInFlight, this.#turns?.interval ?? 0);
    const seconds = (this.#queued.size * perCall) / 1000;
    return new GatewayError('OVERLOADED', {
      retryAfter: Math.min(Math.max(Math.ceil(seconds), 1), MAX_RETRY_AFTER),
    });
  }

  #queueOf(callerId: string): CallerQueue {
    let queue = this.#queues.get(callerId);
    if (!queue) {
      queue = { callerId, inFlight: 0, grants: new Set() };
      this.#queues.set(callerId, queue);
    }
    return queue;
  }

  #hasSlotFor(queue: CallerQueue): boolean {
    const { maxInFlight, maxInFlightPerCaller } = this.#options;
    return this.#inFlight < maxInFlight && queue.inFlight < maxInFlightPerCaller;
  }

  /** Takes a turn of the pace; false where there is none yet, and then the queue goes on when there is. */
  #takeTurn(): boolean {
    return this.#turns === null || this.#turns.take();
  }

  #takeSlot(queue: CallerQueue, signal: Signal): Release {
    const since = this.#clock.now();
    queue.inFlight += 1;
    this.#inFlight += 1;
    this.#notify();
    return () => {
      this.#meanDuration += (this.#clock.now() - since - this.#meanDuration) * NEWEST_WEIGHT;
      // Requests that came together reach their deadlines together: all of them leave the queue before a slot is granted.
      // After a response it is granted at once: undici would set a connection aside that has no request at the next tick.
      if (signal.aborted && this.#queued.size > 0) runOnNextTick(() => this.#freeSlot(queue));
      else this.#freeSlot(queue);
    };
  }

  #freeSlot(queue: CallerQueue): void {
    queue.inFlight -= 1;
    this.#inFlight -= 1;
    this.#forgetIfEmpty(queue);
    this.#notify();
    this.#grantNext();
  }

  /** Grants the next of the queue a slot; with a pace, as many as have a slot and a turn. */
  #grantNext(): void {
    for (;;) {
      const queue = this.#nextQueue();
      if (queue === undefined || !this.#takeTurn()) return;
      this.#grant(queue);
      if (this.#turns === null) return;
    }
  }

  #nextQueue(): CallerQueue | undefined {
    if (this.#queued.size === 0) return undefined;
    for (const queue of this.#queues.values()) {
      if (queue.grants.size > 0 && this.#hasSlotFor(queue)) return queue;
    }
    return undefined;
  }

  #grant(queue: CallerQueue): void {
    const [grant] = queue.grants;
    if (grant === undefined) return;
    queue.grants.delete(grant);
    // The caller goes to the end of the round.
    this.#queues.delete(queue.callerId);
    this.#queues.set(queue.callerId, queue);
    grant();
  }

  #forgetIfEmpty(queue: CallerQueue): void {
    if (queue.inFlight === 0 && queue.grants.size === 0) this.#queues.delete(queue.callerId);
  }

  #notify(): void {
    this.#observer.queueChanged({ inFlight: this.#inFlight, queued: this.#queued.size });
  }
}
