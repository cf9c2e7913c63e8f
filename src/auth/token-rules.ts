import type { Clock } from '../lib/clock.ts';
import { GatewayError } from '../lib/errors.ts';
import type { Signal } from '../lib/signal.ts';
import type { Observer } from '../observability/observer.ts';

/** Against whose keys tokens are checked. */
export interface TokenRules {
  /** Where the keys are (a JSON Web Key Set); null where LumiNUS alone checks signatures. */
  readonly jwksUrl: URL | null;
  readonly issuer: string | null;
  readonly audience: string | null;
  /** Milliseconds to wait for the keys. */
  readonly keysTimeout: number;
}

/** What a check of tokens works with. */
export interface TokenCheckOptions {
  readonly rules: TokenRules;
  /** The time in milliseconds since the epoch, for the life of tokens. */
  readonly now: () => number;
  /** The time keys live by. */
  readonly clock: Clock;
  readonly observer: Observer;
  /** Aborted when the gateway stops: keys are no longer fetched for its start. */
  readonly stopped: Signal;
}

/** What a token that may be used says of its caller. */
export interface CheckedToken {
  /** Equal for all tokens of one caller; null where no signature was verified, as anyone can write any claim. */
  readonly subject: string | null;
}

/** Looks at a Bearer token. @returns the failure UNAUTHENTICATED or KEYS_UNAVAILABLE when it may not be used. */
export type CheckToken = (
  token: string,
) => Promise<CheckedToken | GatewayError> | CheckedToken | GatewayError;

/** How tokens are checked. */
export interface TokenCheck {
  readonly checkToken: CheckToken;
  /** Settles once the keys that sign tokens were fetched for the first time, or at once where none are. */
  readonly keysFetched: Promise<void>;
}

/** Seconds a clock may be off. */
export const CLOCK_TOLERANCE = 30;

/** What to do about a token that is no good. */
export const SIGN_IN = 'Sign in again and send the new token as Authorization: Bearer <token>.';

/** What an expired token is refused with. */
export function expired(): GatewayError {
  return refused(`The token has expired. ${SIGN_IN}`);
}

/** What any other bad token is refused with. */
export function refused(message: string, cause?: unknown): GatewayError {
  return new GatewayError('UNAUTHENTICATED', { message, cause });
}
