import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CheckedToken } from './token-rules.ts';

/** Most verified tokens that are kept; those that were used last stay. */
export const MAX_VERIFIED_TOKENS = 10_000;

/** Longest time, in milliseconds, for which a token is not verified again. */
export const MAX_VERIFIED_AGE = 5 * 60_000;

/** Stands for the keys that signatures were verified with: another object, other keys. */
export type KeySetId = object;

/** The moment of a request, by both clocks; in milliseconds. */
export interface Moment {
  /** On the clock of timers, which never goes back. */
  readonly elapsed: number;
  /** Since the epoch, for the life of tokens. */
  readonly epoch: number;
}

interface Verified extends CheckedToken {
  /** When the token has to be verified again, by either clock. */
  readonly until: Moment;
}

/**
 * The tokens that were verified lately: to verify a signature costs more than the rest of a request.
 * A token is found by the SHA-256 of all of it, so that one that differs in any character, its signature included, is
 * another token. Refusals are not kept.
 */
export class VerifiedTokens {
  readonly #verified = new LRUCache<string, Verified>({ max: MAX_VERIFIED_TOKENS });
  #keys: KeySetId | null = null;

  /** @param keys those that signatures are verified with now. @returns null where the token has to be verified. */
  find(token: string, keys: KeySetId, { elapsed, epoch }: Moment): CheckedToken | null {
    if (keys !== this.#keys) return null;
    const found = this.#verified.get(digestOf(token));
    if (found === undefined || elapsed >= found.until.elapsed || epoch >= found.until.epoch) return null;
    return found;
  }

  /**
   * Keeps a token that was verified. With other keys than before, what was kept is forgotten.
   * @param expires when it expires, in milliseconds since the epoch.
   */
  add(token: string, keys: KeySetId, subject: CheckedToken['subject'], expires: number, now: Moment): void {
    if (keys !== this.#keys) {
      this.#verified.clear();
      this.#keys = keys;
    }
    const until = { elapsed: now.elapsed + MAX_VERIFIED_AGE, epoch: expires };
    this.#verified.set(digestOf(token), { subject, until });
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
