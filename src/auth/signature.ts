import { errors, jwtVerify } from 'jose';
import { Failure } from '../lib/errors.ts';
import { RemoteJwks } from './jwks.ts';
import type { TokenCheckOptions } from './token-rules.ts';
import { CLOCK_TOLERANCE, expired, refused, SIGN_IN } from './token-rules.ts';

/** Asymmetric ones alone: with a shared-secret algorithm, a public key would do as the secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/**
 * Makes the check of signatures: a token must be a JWT that is signed by one of the keys and meant for us.
 * When its key cannot be had, the failure is KEYS_UNAVAILABLE; any other is UNAUTHENTICATED.
 */
export function createSignatureCheck(
  jwksUrl: URL,
  { rules: { issuer, audience, keysTimeout }, now, clock, observer }: TokenCheckOptions,
): (token: string) => Promise<Failure | null> {
  const keys = new RemoteJwks({ url: jwksUrl, timeout: keysTimeout, clock, observer });
  return async token => {
    try {
      await jwtVerify(token, (header, jws) => keys.find(header, jws), {
        algorithms: ALGORITHMS,
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_TOLERANCE,
        currentDate: new Date(now()),
        ...(issuer === null ? {} : { issuer }),
        ...(audience === null ? {} : { audience }),
      });
      return null;
    } catch (error) {
      if (error instanceof Failure) return error;
      if (error instanceof errors.JWTExpired) return expired();
      const fault = faultOf(error);
      // Whatever is not the fault of the token is that of its key.
      return fault === null ? keys.reportUnusableKey(error) : refused(`${fault} ${SIGN_IN}`, error);
    }
  };
}

/** What is wrong with a token, or null where nothing is. */
function faultOf(error: unknown): string | null {
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `The token is not meant for this gateway: its "${error.claim}" does not fit.`;
  }
  const isOfToken =
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys;
  return isOfToken ? 'The token cannot be verified.' : null;
}
