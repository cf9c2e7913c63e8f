import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { Failure } from '../model/failure.ts';

/** Against whose keys tokens are checked. */
export interface TokenRules {
  /** Where the keys are (a JSON Web Key Set); null where LumiNUS alone checks signatures. */
  readonly jwksUrl: URL | null;
  readonly issuer: string | null;
  readonly audience: string | null;
  /** Milliseconds to wait for the keys. */
  readonly keysTimeout: number;
}

/** Looks at a Bearer token. @returns the failure UNAUTHENTICATED, or null when the token may be used. */
export type CheckToken = (token: string) => Promise<Failure | null> | Failure | null;

/** Seconds a clock may be off. */
export const CLOCK_TOLERANCE = 30;

/** Asymmetric ones alone: with a shared-secret algorithm, a public key would do as the secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Milliseconds before keys are fetched again for a token signed by one that is not among them: a new key, or a made-up one. */
const KEYS_COOLDOWN = 5_000;

const SIGN_IN = 'Sign in again and send the new token as Authorization: Bearer <token>.';

/**
 * Makes the check of tokens.
 * Without a key set, only an expired JWT is refused, to save the call; any other token is LumiNUS's to judge.
 * With one, a token must be a JWT with a good signature, issuer and audience; when its keys cannot be had, it is refused.
 * @param now the time in milliseconds since the epoch.
 */
export function createTokenCheck(
  { jwksUrl, issuer, audience, keysTimeout }: TokenRules,
  now: () => number,
): CheckToken {
  if (jwksUrl === null)
    return token => (isExpired(token, now()) ? refused(`The token has expired. ${SIGN_IN}`) : null);
  const keys = createRemoteJWKSet(jwksUrl, { timeoutDuration: keysTimeout, cooldownDuration: KEYS_COOLDOWN });
  return async token => {
    try {
      await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_TOLERANCE,
        currentDate: new Date(now()),
        ...(issuer === null ? {} : { issuer }),
        ...(audience === null ? {} : { audience }),
      });
      return null;
    } catch (error) {
      return refused(explain(error), error);
    }
  };
}

/**
 * Tells whether a token is a JWT that expired longer ago than clocks may differ; what is no JWT is opaque.
 * It runs at every request: three times as fast as jose's decoder, and nothing is trusted for it.
 */
function isExpired(token: string, now: number): boolean {
  const [, claims = '', , ...more] = token.split('.');
  if (claims === '' || more.length > 0) return false;
  try {
    const { exp }: { exp?: unknown } = JSON.parse(Buffer.from(claims, 'base64url').toString());
    return typeof exp === 'number' && exp + CLOCK_TOLERANCE < now / 1000;
  } catch {
    return false;
  }
}

function explain(error: unknown): string {
  if (error instanceof errors.JWTExpired) return `The token has expired. ${SIGN_IN}`;
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `The token is not meant for this gateway: its "${error.claim}" does not fit. ${SIGN_IN}`;
  }
  const isOfToken =
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys;
  return isOfToken
    ? `The token cannot be verified. ${SIGN_IN}`
    : 'The token cannot be checked right now: the server with the keys does not answer. Try again later.';
}

function refused(message: string, cause?: unknown): Failure {
  return new Failure('UNAUTHENTICATED', { message, cause });
}
