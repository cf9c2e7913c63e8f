import type { CryptoKey, FlattenedJWSInput, JWSHeaderParameters, LocalJWKSet } from 'jose';
import { createLocalJWKSet, errors } from 'jose';
import type { Clock } from '../lib/clock.ts';
import { GatewayError } from '../lib/errors.ts';
import type { Signal } from '../lib/signal.ts';
import type { Observer } from '../observability/observer.ts';
import { fetchJwks } from './fetch-jwks.ts';
import type { KeySetId } from './verified-tokens.ts';

/** Milliseconds after which keys are fetched again, so that a key that was withdrawn is not used for longer; jose's default. */
export const REFRESH_AFTER = 10 * 60_000;

/** Oldest keys that are used, in milliseconds: an outage that begins just before a refresh is bridged for an hour. */
export const MAX_AGE = REFRESH_AFTER + 60 * 60_000;

/** Milliseconds from the end of one fetch to the start of the next, whatever became of the first and however many tokens name unknown keys. */
export const COOLDOWN = 5_000;

/** The share of a fetch's timeout that a token whose key is known waits for the refresh; then the old keys decide. */
const PATIENCE = 1 / 5;

/** Where the keys are and how they are fetched. */
export interface RemoteJwksOptions {
  readonly url: URL;
  /** Milliseconds a fetch may take. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly observer: Observer;
}

/**
 * The keys that sign tokens. They are fetched at the start, again and again until that has succeeded once, after
 * `REFRESH_AFTER`, and for a token that names an unknown key. While the key server is down, those that were fetched decide until they are `MAX_AGE` old.
 */
export class RemoteJwks {
  readonly #options: RemoteJwksOptions;
  readonly #firstFetch = Promise.withResolvers<void>();
  #keys: { readonly id: KeySetId; readonly find: LocalJWKSet; readonly fetchedAt: number } | null = null;
  /** The JSON of the keys: a set that comes again unchanged keeps its id. */
  #json = '';
  #fetching: Promise<void> | null = null;
  #nextFetchAt = Number.NEGATIVE_INFINITY;
  /** Whether the last fetch failed. */
  #isDown = false;
  /** Whether it was reported that one of the present keys cannot be used. */
  #hasReportedUnusable = false;

  constructor(options: RemoteJwksOptions) {
    this.#options = options;
  }

  /**
   * Finds the key of a token, for jose's `jwtVerify`.
   * @throws GatewayError KEYS_UNAVAILABLE when it is not among the known keys and the key server is down, jose's
   *   JWKSNoMatchingKey when the key server does not have it either, JWKSMultipleMatchingKeys with the keys where several
   *   fit the token's header.
   */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (this.#keys !== null && this.#age() >= REFRESH_AFTER) await this.#refreshPatiently();
    try {
      return await this.#findLocally(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await this.#refresh();
    if (this.#isDown) throw this.#unavailable();
    return await this.#findLocally(header, token);
  }

  /**
   * Fetches the keys now, and after each failure again when the cooldown is over.
   * @param stopped aborted when the keys are no longer needed: nothing is fetched from then on.
   * @returns settles once keys were fetched for the first time; never if that does not happen.
   */
  fetchFirst(stopped: Signal): Promise<void> {
    void this.#fetchUntilFirst(stopped);
    return this.#firstFetch.promise;
  }

  async #fetchUntilFirst(stopped: Signal): Promise<void> {
    const { clock } = this.#options;
    await this.#refresh();
    if (this.#keys !== null || stopped.aborted) return;
    const retry = (): void => {
      stopped.offAbort(cancel);
      void this.#fetchUntilFirst(stopped);
    };
    const cancel = clock.after(this.#nextFetchAt - clock.now(), retry);
    stopped.onAbort(cancel);
  }

  /** To be called when a key of the set is broken; reported once for each set. @returns the failure KEYS_UNAVAILABLE. */
  reportUnusableKey(cause: unknown): GatewayError {
    if (!this.#hasReportedUnusable) {
      this.#hasReportedUnusable = true;
      this.#options.observer.unusableKeyFound({});
    }
    return this.#unavailable(cause);
  }

  /**
   * The id of the keys that decide now.
   * @returns null where they have to be fetched first, or again: then only `find` may decide.
   */
  get currentId(): KeySetId | null {
    if (this.#keys === null || this.#age() > MAX_AGE) return null;
    const isDue = this.#age() >= REFRESH_AFTER && this.#options.clock.now() >= this.#nextFetchAt;
    return isDue ? null : this.#keys.id;
  }

  #age(): number {
    return this.#keys === null ? Number.POSITIVE_INFINITY : this.#options.clock.now() - this.#keys.fetchedAt;
  }

  #findLocally(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (this.#keys === null || this.#age() > MAX_AGE) throw new errors.JWKSNoMatchingKey();
    return this.#keys.find(header, token);
  }

  /** Refreshes the keys, and waits for it unless the key server is known to be down or takes its time. */
  async #refreshPatiently(): Promise<void> {
    const refreshed = this.#refresh();
    if (this.#isDown) return;
    const { clock, timeout } = this.#options;
    await new Promise<void>(resolve => {
      const cancel = clock.after(timeout * PATIENCE, resolve);
      void refreshed.then(() => {
        cancel();
        resolve();
      });
    });
  }

  /** Settles once the fetch that is under way, or that may begin now, has ended; at once while none may begin. */
  async #refresh(): Promise<void> {
    if (this.#fetching === null && this.#options.clock.now() >= this.#nextFetchAt) {
      this.#fetching = this.#fetch().finally(() => {
        this.#fetching = null;
        this.#nextFetchAt = this.#options.clock.now() + COOLDOWN;
      });
    }
    await this.#fetching;
  }

  async #fetch(): Promise<void> {
    const { url, timeout, clock, observer } = this.#options;
    try {
      const set = await fetchJwks(url, timeout, clock);
      const find = createLocalJWKSet(set);
      // No issuer signs without a key: the keys of before are more likely to be right.
      if (set.keys.length === 0) throw new errors.JWKSInvalid('no keys');
      const json = JSON.stringify(set);
      const id = this.#keys !== null && json === this.#json ? this.#keys.id : {};
      this.#keys = { id, find, fetchedAt: clock.now() };
      this.#json = json;
      this.#hasReportedUnusable = false;
      this.#firstFetch.resolve();
      if (this.#isDown) observer.keysRecovered({});
      this.#isDown = false;
    } catch (error) {
      // Once for each outage: until it ends, nothing new is known.
      if (!this.#isDown) {
        const usableForMs = Math.max(0, Math.round(MAX_AGE - this.#age()));
        observer.keysUnavailable({ reason: reasonOf(error), usableForMs });
      }
      this.#isDown = true;
    }
  }

  #unavailable(cause?: unknown): GatewayError {
    const wait = this.#nextFetchAt - this.#options.clock.now();
    return new GatewayError('KEYS_UNAVAILABLE', { retryAfter: Math.max(1, Math.ceil(wait / 1000)), cause });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JOSEError) return 'not a JSON Web Key Set';
  return error instanceof Error ? error.message : 'unknown';
}
