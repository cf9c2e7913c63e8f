import { MAX_KEY } from '../../lib/header-text.ts';
import { flag, httpUrl, optional, secret, setting, visibleAscii } from '../values.ts';

/** Settings of who may call, and on which credentials. */
export const authSettings = {
  UPSTREAM_SUBSCRIPTION_KEY: secret(
    'Subscription key for callers that send none. Those callers must send a Bearer token.',
    visibleAscii(MAX_KEY),
  ),
  ALLOW_ANONYMOUS: setting(
    'false',
    "Whether a Bearer token may be missing where one is needed: with the gateway's own key, and with JWT_JWKS_URL.",
    flag,
  ),
  JWT_JWKS_URL: optional(
    'URL of the JSON Web Key Set. When it is set, every token must be a JWT signed by one of its keys.',
    httpUrl,
  ),
  JWT_ISSUER: optional('The "iss" claim a token must have; needs JWT_JWKS_URL.', visibleAscii(1024)),
  JWT_AUDIENCE: optional('The "aud" claim a token must have; needs JWT_JWKS_URL.', visibleAscii(1024)),
} as const;
