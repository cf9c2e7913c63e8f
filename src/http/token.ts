import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { Clock } from '../upstream/clock.ts';

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
  readonly log: Log;
}

/** Looks at a Bearer token. @returns the failure UNAUTHENTICATED or KEYS_UNAVAILABLE, or null when the token may be used. */
export type CheckToken = (token: string) => Promise<Failure | null> | Failure | null;

/** Seconds a clock may be off. */
export const CLOCK_TOLERANCE = 30;

/** Three base64url parts; the second holds the claims. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** What to do about a token that is no good. */
export const SIGN_IN = 'Sign in again and send the new token as Authorization: Bearer <token>.';

/**
 * Makes the check of tokens.
 * Without a key set, only an expired JWT is refused, to save the call; any other token is LumiNUS's to judge.
 */
export function createTokenCheck(options: TokenCheckOptions): CheckToken {
  const {
    rules: { jwksUrl },
    now,
  } = options;
  if (jwksUrl === null) return token => (isExpired(token, now()) ? expired() : null);
  // Loaded where it is needed: most gateways start without it.
  const check = import('./signature.ts').then(({ createSignatureCheck }) =>
    createSignatureCheck(jwksUrl, options),
  );
  return async token => await (await check)(token);
}

/**
 * Tells whether a token is a JWT that expired longer ago than clocks may differ; what is no JWT is opaque.
 * It runs at every request: three times as fast as jose's decoder, and nothing is trusted for it.
 */
function isExpired(token: string, now: number): boolean {
  const from = token.indexOf('.') + 1;
  const to = token.indexOf('.', from);
  if (to === -1) return false;
  try {
    const { exp }: { exp?: unknown } = JSON.parse(Buffer.from(token.slice(from, to), 'base64url').toString());
    // The pattern last: it reads the whole token, and only an expired one has to fit it.
    return typeof exp === 'number' && exp + CLOCK_TOLERANCE < now / 1000 && JWT.test(token);
  } catch {
    return false;
  }
}

/** What an expired token is refused with. */
export function expired(): Failure {
  return refused(`The token has expired. ${SIGN_IN}`);
}

/** What any other bad token is refused with. */
export function refused(message: string, cause?: unknown): Failure {
  return new Failure('UNAUTHENTICATED', { message, cause });
}
