import { Redis, ReplyError } from 'ioredis';
import type { Clock } from '../lib/clock.ts';
import type { ChannelUse, Observer } from '../observability/observer.ts';
import { Subscription } from './subscription.ts';
import { TAKE_SCRIPT } from './take-script.ts';

/** Milliseconds after which a command counts as failed; it takes 0.2 when Redis is well. */
const COMMAND_TIMEOUT = 50;

/** The message of the error of such a command. */
const TIMED_OUT = 'timed out';

/** Milliseconds between two checks whether Redis can be used again. */
const CHECK_INTERVAL = 250;

/** Checks that fail one after another before Redis is reported as lost: a busy machine may fail one of them. */
const FAILED_CHECKS = 2;

/** Longest wait, in milliseconds, for the first connection while a gateway starts. */
const START_TIMEOUT = 1_000;

/** Milliseconds after which a connection that only keeps silent is given up. */
const SILENCE_TIMEOUT = 5_000;

/** Where Redis is, and what its keys begin with. */
export interface RedisOptions {
  readonly url: URL;
  readonly prefix: string;
}

/**
 * The connections to Redis, and whether it can be used.
 * One command that fails leads to a check of its own, which writes a key: until it succeeds, nobody waits for Redis. A
 * Redis that is dead, slow, full or read-only therefore delays the commands of one moment and no others.
 */
export class RedisLink implements AsyncDisposable {
  readonly prefix: string;
  readonly #client: Redis;
  readonly #subscriber: Redis;
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #firstCheck = Promise.withResolvers<void>();
  #isUsable = false;
  /** What observers were last notified of; null at the start. */
  #reported: boolean | null = null;
  #failedChecks = 0;
  #cancelCheck: (() => void) | null = null;
  #isClosed = false;
  #subscription: Subscription | null = null;
  /** Why there is no connection. */
  #connectError: unknown = null;

  constructor({ url, prefix }: RedisOptions, clock: Clock, observer: Observer) {
    this.prefix = prefix;
    this.#clock = clock;
    this.#observer = observer;
    this.#client = connect(url);
    this.#subscriber = connect(url);
    this.#client.on('ready', () => this.#checkNow());
    this.#client.on('error', (error: unknown) => {
      this.#connectError = error;
      this.#fail(error);
    });
    // One that was refused was reported as an error before.
    this.#client.on('close', () => {
      if (this.#isUsable) this.#fail(new Error('closed'));
    });
    this.#subscriber.on('error', () => {});
  }

  /** Whether Redis can be used: if not, `run` would do nothing. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Settles once it is known whether Redis can be used, or after a second. */
  async started(): Promise<void> {
    const cancelTimer = this.#clock.after(START_TIMEOUT, this.#firstCheck.resolve);
    await this.#firstCheck.promise;
    cancelTimer();
  }

  /** Runs a command. It does not reject: the result is null where Redis could not be used. */
  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T | null> {
    if (!this.#isUsable) return null;
    try {
      return await this.#inTime(command(this.#client));
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  /** Sends a message, if Redis can be used. One that Redis refuses does not stop the use of anything else. */
  publish(channel: string, message: string): void {
    if (!this.#isUsable) return;
    const onError = (error: unknown): void =>
      error instanceof ReplyError ? this.#reportChannel('publish', error) : this.#fail(error);
    this.#inTime(this.#client.publish(channel, message)).then(
      () => this.#reportChannel('publish', null),
      onError,
    );
  }

  /** Notifies of the messages of a channel, from now on and after each reconnection. To be called once. */
  subscribe(channel: string, onMessage: (message: string) => void): void {
    const onResult = (error: unknown): void => this.#reportChannel('subscribe', error);
    this.#subscription = new Subscription(this.#subscriber, this.#clock, { channel, onMessage, onResult });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#isUsable = false;
    this.#cancelCheck?.();
    this.#subscription?.[Symbol.dispose]();
    this.#client.disconnect();
    this.#subscriber.disconnect();
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#observer.redisFailed({ reason: reasonOf(error) });
    const wasUsable = this.#isUsable;
    this.#isUsable = false;
    if (wasUsable) this.#checkNow();
    else if (this.#client.status !== 'ready') this.#report(false, error);
  }

  #checkNow(): void {
    this.#cancelCheck?.();
    this.#cancelCheck = null;
    void this.#check();
  }

  async #check(): Promise<void> {
    try {
      await this.#inTime(this.#client.script('LOAD', TAKE_SCRIPT));
      // A replica that is read-only, or a Redis without memory, answers everything but a write.
      await this.#inTime(this.#client.set(`${this.prefix}check`, '1', 'PX', 1_000));
      if (this.#isClosed) return;
      this.#connectError = null;
      this.#failedChecks = 0;
      this.#isUsable = true;
      this.#report(true, null);
    } catch (error) {
      if (this.#isClosed) return;
      this.#failedChecks += 1;
      if (this.#reported === null || this.#failedChecks >= FAILED_CHECKS)
        this.#report(false, this.#connectError ?? error);
      this.#cancelCheck?.();
      this.#cancelCheck = this.#clock.after(CHECK_INTERVAL, () => this.#checkNow());
    }
  }

  /** Rejects when the reply to a command takes too long. */
  #inTime<T>(reply: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      // A busy process comes to its timers before it has read what has arrived in time.
      const onTime = (): void => void setImmediate(() => reject(new Error(TIMED_OUT)));
      const cancelTimer = this.#clock.after(COMMAND_TIMEOUT, onTime);
      reply.finally(cancelTimer).then(resolve, reject);
    });
  }

  #reportChannel(use: ChannelUse, error: unknown): void {
    const reason = error === null ? null : reasonOf(error);
    if (reason !== null) this.#observer.redisFailed({ reason });
    this.#observer.redisChannelUsed({ use, reason });
  }

  #report(isUsable: boolean, error: unknown): void {
    this.#firstCheck.resolve();
    if (isUsable === this.#reported) return;
    this.#reported = isUsable;
    this.#observer.redisChanged({ isUsable, reason: isUsable ? null : reasonOf(error) });
  }
}

function connect(url: URL): Redis {
  return new Redis(url.href, {
    // What cannot be sent at once fails at once.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // Nobody would handle its rejection; the subscription does it.
    autoResubscribe: false,
    connectTimeout: START_TIMEOUT,
    socketTimeout: SILENCE_TIMEOUT,
    retryStrategy: attempt => Math.min(attempt * 50, 500),
    // A failover leaves the old primary as a replica: another connection may lead to the new one.
    reconnectOnError: error => error.message.startsWith('READONLY'),
  });
}

/** Why Redis could not be used: a code of the system or of Redis, and nothing that could hold a secret. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error.message === TIMED_OUT) return 'timeout';
  return /^[A-Z]{2,20}\b/.exec(error.message)?.[0] ?? 'disconnected';
}
