import { createTokenCheck } from '../auth/token.ts';
import type { TokenCheck, TokenCheckOptions } from '../auth/token-rules.ts';
import type { Config } from '../config/settings.ts';

/** Longest wait for the keys that sign tokens, in milliseconds. */
const KEYS_TIMEOUT = 5_000;

/** Creates the check of tokens by the settings of the gateway. */
export function createConfiguredTokenCheck(
  config: Config,
  options: Pick<TokenCheckOptions, 'clock' | 'observer' | 'stopped'>,
): TokenCheck {
  return createTokenCheck({
    rules: {
      jwksUrl: config.JWT_JWKS_URL,
      issuer: config.JWT_ISSUER,
      audience: config.JWT_AUDIENCE,
      keysTimeout: Math.min(KEYS_TIMEOUT, config.REQUEST_TIMEOUT_MS),
    },
    now: Date.now,
    ...options,
  });
}
