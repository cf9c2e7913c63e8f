import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { Failure } from '../model/failure.ts';
import type { TokenRules } from './token.ts';
import { CLOCK_TOLERANCE, expired, refused, SIGN_IN, UNCHECKED } from './token.ts';

/** Asymmetric ones alone: with a shared-secret algorithm, a public key would do as the secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Milliseconds before keys are fetched again for a token signed by one that is not among them: a new key, or a made-up one. */
const KEYS_COOLDOWN = 5_000;

/**
 * Makes the check of signatures: a token must be a JWT that is signed by one of the keys and meant for us.
 * When the keys cannot be had, it is refused.
 */
export function createSignatureCheck(
  jwksUrl: URL,
  { issuer, audience, keysTimeout }: TokenRules,
  now: () => number,
): (token: string) => Promise<Failure | null> {
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
      return error instanceof errors.JWTExpired ? expired() : refused(explain(error), error);
    }
  };
}

function explain(error: unknown): string {
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
  return isOfToken ? `The token cannot be verified. ${SIGN_IN}` : UNCHECKED;
}
