import { readCaller } from '../../auth/credentials.ts';
import { readExpiry } from '../../auth/token.ts';
import { GatewayError } from '../../lib/errors.ts';
import { SignalSource } from '../../lib/signal.ts';
import type { Check, Finding } from '../check.ts';
import { failed, passed, skipped } from '../check.ts';
import { readCredentials } from '../credentials.ts';
import { duration } from '../duration.ts';
import type { NetworkInput } from '../input.ts';

const NEW_TOKEN = 'Set DOCTOR_TOKEN to a token that the issuer has just signed.';
const WRONG_KEYS = `${NEW_TOKEN} If it is refused, too, JWT_JWKS_URL is not the key set of its issuer.`;

/** What is wrong with a token, by the code of jose. */
const FAULTS: Readonly<Record<string, readonly [found: string, advice: string]>> = {
  ERR_JWKS_NO_MATCHING_KEY: ['it is signed with a key that is not in the key set', WRONG_KEYS],
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: ['its signature does not fit the key of the key set', WRONG_KEYS],
  ERR_JWS_INVALID: ['it is not a signed JWT', NEW_TOKEN],
  ERR_JWT_INVALID: ['it is not a valid JWT', NEW_TOKEN],
  ERR_JOSE_ALG_NOT_ALLOWED: ['it is signed with an algorithm that is not accepted', NEW_TOKEN],
  ERR_JOSE_NOT_SUPPORTED: ['it uses a feature of JWT that is not supported', NEW_TOKEN],
};

/** Claims that a setting or the clock decides on. */
const CLAIM_FAULTS: Readonly<Record<string, readonly [found: string, advice: string]>> = {
  iss: ['its "iss" is not JWT_ISSUER', 'Correct JWT_ISSUER, or use a token of that issuer.'],
  aud: ['its "aud" is not JWT_AUDIENCE', 'Correct JWT_AUDIENCE, or use a token for that audience.'],
  exp: ['it does not say when it expires ("exp")', NEW_TOKEN],
  nbf: ['it is not valid yet ("nbf")', 'Wait, or check the clock of its issuer.'],
};

/** Checks the token of DOCTOR_TOKEN as the gateway checks the tokens of its callers. */
export const token: Check<NetworkInput> = {
  id: 'token',
  title: 'Token',
  needs: ['clock', 'signing-keys'],
  async run({ env, config, now, verifier }) {
    const { token: text } = readCredentials(env, config);
    if (text === null) return skipped('DOCTOR_TOKEN is not set');
    const { rules, hasUnusableKey } = verifier();
    const checked = await readCaller(
      ['authorization', `Bearer ${text}`],
      // Only the token is checked here.
      { ...rules, gatewayKey: 'none' },
      new SignalSource(),
    );
    const expiry = readExpiry(text);
    const seconds = expiry === null ? null : Math.round(expiry - now() / 1000);
    if (checked instanceof GatewayError) return describe(checked, seconds, hasUnusableKey());
    const life =
      seconds === null
        ? 'it does not say when it expires'
        : `valid for another ${duration(Math.max(seconds, 0))}`;
    return passed(
      config.JWT_JWKS_URL === null ? `${life}; its signature is not verified here` : `verified; ${life}`,
    );
  },
};

function describe({ code, cause }: GatewayError, seconds: number | null, hasUnusableKey: boolean): Finding {
  if (code === 'KEYS_UNAVAILABLE') {
    return failed(
      hasUnusableKey ? 'its key in the key set cannot be used' : 'its key cannot be fetched',
      'Have the key set of JWT_JWKS_URL repaired.',
    );
  }
  if (cause === undefined && seconds !== null && seconds < 0)
    return failed(`it expired ${duration(-seconds)} ago`, NEW_TOKEN);
  const [found, advice] = faultOf(cause) ?? ['it is not a Bearer token', NEW_TOKEN];
  return failed(found, advice);
}

function faultOf(cause: unknown): readonly [string, string] | undefined {
  if (!(cause instanceof Error) || !('code' in cause)) return undefined;
  if ('claim' in cause) return CLAIM_FAULTS[String(cause.claim)] ?? ['its claims do not fit', NEW_TOKEN];
  return FAULTS[String(cause.code)] ?? ['it cannot be verified', NEW_TOKEN];
}
