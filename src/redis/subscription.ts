import type { Redis } from 'ioredis';
import type { Clock } from '../lib/clock.ts';

/** Milliseconds after which a channel that Redis refused is asked for again. */
const RETRY_INTERVAL = 1_000;

/** What a subscription serves. */
export interface SubscriptionOptions {
  readonly channel: string;
  readonly onMessage: (message: string) => void;
  /** Is notified of each refusal, and with null of each success. */
  readonly onResult: (error: unknown) => void;
}

/** The messages of one channel of Redis. It subscribes on each new connection, and again and again while Redis refuses. */
export class Subscription implements Disposable {
  readonly #redis: Redis;
  readonly #clock: Clock;
  readonly #options: SubscriptionOptions;
  #cancelRetry = (): void => {};
  #isClosed = false;

  /** @param redis a connection that is used for nothing else. */
  constructor(redis: Redis, clock: Clock, options: SubscriptionOptions) {
    this.#redis = redis;
    this.#clock = clock;
    this.#options = options;
    redis.on('message', (_channel, message: string) => options.onMessage(message));
    redis.on('ready', () => void this.#subscribe());
    redis.on('close', () => this.#cancelRetry());
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#cancelRetry();
  }

  async #subscribe(): Promise<void> {
    const { channel, onResult } = this.#options;
    try {
      await this.#redis.subscribe(channel);
      if (!this.#isClosed) onResult(null);
    } catch (error) {
      if (this.#isClosed) return;
      onResult(error);
      // A connection that was lost is followed by another.
      if (this.#redis.status !== 'ready') return;
      this.#cancelRetry = this.#clock.after(RETRY_INTERVAL, () => void this.#subscribe());
    }
  }
}
