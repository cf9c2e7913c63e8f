import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { TokenRules } from './environment.ts';

/** Creates what verifies the token of a request by jose; it throws for any that may not be used. */
export function createTokenCheck({ keysUrl, issuer, audience }: TokenRules) {
  const keys = createRemoteJWKSet(new URL(keysUrl));
  return async (authorization = ''): Promise<void> => {
    await jwtVerify(authorization.replace(/^Bearer /, ''), keys, { issuer, audience });
  };
}
