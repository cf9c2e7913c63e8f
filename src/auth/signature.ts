import type { JWTPayload, JWTVerifyOptions } from 'jose';
import { errors, jwtVerify } from 'jose';
import { GatewayError } from '../lib/errors.ts';
import { RemoteJwks } from './jwks.ts';
import type { CheckedToken, CheckToken, TokenCheck, TokenCheckOptions } from './token-rules.ts';
import { CLOCK_TOLERANCE, expired, refused, SIGN_IN } from './token-rules.ts';
import type { Moment } from './verified-tokens.ts';
import { VerifiedTokens } from './verified-tokens.ts';

/** Asymmetric ones alone: with a shared-secret algorithm, a public key would do as the secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/**
 * Makes the check of signatures, and begins to fetch the keys: a token must be a JWT that is signed by one of the keys and meant for us.
 * When its key cannot be had, the failure is KEYS_UNAVAILABLE; any other is UNAUTHENTICATED.
 */
export function createSignatureCheck(
  jwksUrl: URL,
  { rules: { issuer, audience, keysTimeout }, now, clock, observer, stopped }: TokenCheckOptions,
): TokenCheck {
  const keys = new RemoteJwks({ url: jwksUrl, timeout: keysTimeout, clock, observer });
  const verified = new VerifiedTokens();
  const moment = (): Moment => ({ elapsed: clock.now(), epoch: now() });
  const verifyToken = async (token: string): Promise<CheckedToken | GatewayError> => {
    const keysBefore = keys.currentId;
    try {
      const payload = await verify(token, keys, {
        algorithms: ALGORITHMS,
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_TOLERANCE,
        currentDate: new Date(now()),
        ...(issuer === null ? {} : { issuer }),
        ...(audience === null ? {} : { audience }),
      });
      const subject = subjectOf(token, payload);
      // Keys that changed meanwhile may not be those that it was verified with.
      if (keysBefore !== null && keysBefore === keys.currentId) {
        verified.add(token, keysBefore, subject, (payload.exp ?? 0) * 1000, moment());
      }
      return { subject };
    } catch (error) {
      if (error instanceof GatewayError) return error;
      if (error instanceof errors.JWTExpired) return expired();
      const fault = faultOf(error);
      // Whatever is not the fault of the token is that of its key.
      return fault === null ? keys.reportUnusableKey(error) : refused(`${fault} ${SIGN_IN}`, error);
    }
  };
  const checkToken: CheckToken = token => {
    const id = keys.currentId;
    return (id === null ? null : verified.find(token, id, moment())) ?? verifyToken(token);
  };
  return { checkToken, keysFetched: keys.fetchFirst(stopped) };
}

/**
 * Verifies a token with its key. Where several fit its header, as one without `kid` does, each is tried.
 * @throws jose's error that says what is wrong, or the GatewayError of `RemoteJwks.find`.
 */
async function verify(token: string, keys: RemoteJwks, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, (header, jws) => keys.find(header, jws), options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    // Where no key can be used, it is no fault of the token.
    let failure: unknown = error;
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (reason) {
        if (reason instanceof errors.JWSSignatureVerificationFailed) failure = reason;
        // Whatever else jose finds is wrong with the token; a key that is broken is Node's to refuse.
        else if (reason instanceof errors.JOSEError) throw reason;
      }
    }
    throw failure;
  }
}

/**
 * Names the caller of a verified token: by its issuer and subject, else by the part of the token that is signed.
 * The signature itself can be spelled in several ways: the last character of its base64url has bits that mean nothing.
 */
function subjectOf(token: string, { iss, sub }: JWTPayload): string {
  if (typeof sub === 'string' && sub !== '') return JSON.stringify([iss, sub]);
  return token.slice(0, token.lastIndexOf('.'));
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
    error instanceof errors.JWKSNoMatchingKey;
  return isOfToken ? 'The token cannot be verified.' : null;
}
