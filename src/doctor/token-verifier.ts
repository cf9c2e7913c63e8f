import { createCallerIdentifier } from '../auth/caller.ts';
import type { CredentialRules } from '../auth/credentials.ts';
import type { Config } from '../config/settings.ts';
import { createConfiguredTokenCheck } from '../gateway/token-check.ts';
import type { Clock } from '../lib/clock.ts';
import { SignalSource } from '../lib/signal.ts';
import { createObserver } from '../observability/create-observer.ts';
import { NO_LOG } from './no-log.ts';

/** Checks tokens as the gateway does, and keeps what it would log. */
export interface TokenVerifier extends Disposable {
  /** The rules by which the gateway reads credentials. */
  readonly rules: CredentialRules;
  /** Settles with null once the keys were fetched, or there are none to fetch, or with the reason why they cannot be. */
  readonly keysFetched: Promise<string | null>;
  /** Whether a token came upon a key that cannot be used. */
  readonly hasUnusableKey: () => boolean;
}

/** Makes the check of tokens, and begins to fetch the key set where there is one. */
export function createTokenVerifier(config: Config, clock: Clock): TokenVerifier {
  const stopped = new SignalSource();
  const unavailable = Promise.withResolvers<string>();
  let hasUnusableKey = false;
  const subscriber = {
    keysUnavailable: ({ reason }: { readonly reason: string }) => unavailable.resolve(reason),
    unusableKeyFound: () => {
      hasUnusableKey = true;
    },
  };
  const observer = createObserver([subscriber], NO_LOG);
  const { checkToken, keysFetched } = createConfiguredTokenCheck(config, { clock, observer, stopped });
  return {
    rules: {
      gatewayKey: config.UPSTREAM_SUBSCRIPTION_KEY,
      allowAnonymous: config.ALLOW_ANONYMOUS,
      verifiesTokens: config.JWT_JWKS_URL !== null,
      checkToken,
      identify: createCallerIdentifier(),
    },
    keysFetched: Promise.race([keysFetched.then(() => null), unavailable.promise]),
    hasUnusableKey: () => hasUnusableKey,
    [Symbol.dispose]: () => stopped.abort(new Error('all was checked')),
  };
}
