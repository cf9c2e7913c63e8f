import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { JSONWebKeySet } from 'jose';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Callers } from './caller.ts';
import { newKey } from './caller.ts';

/** The algorithms that tokens are signed by. */
export type Algorithm = 'RS256' | 'ES256';

/** The `aud` claim of signed tokens. */
export const AUDIENCE = 'sandbox';

/** So many callers, each with one token, that are seen again and again, as those of a campus are. */
export const SIGNED_CALLERS = 2_000;

/** From long before a run to long after it. */
const ISSUED_AT = 1_767_225_600;
const EXPIRES_AT = 4_102_444_800;

/**
 * Makes callers whose tokens are really signed.
 * @param issuer the `iss` claim.
 * @param tokens the file that is written, for wrk.lua.
 * @returns the callers, and the key set that verifies their tokens.
 */
export async function signCallers(
  algorithm: Algorithm,
  issuer: string,
  tokens: string,
  count: number = SIGNED_CALLERS,
): Promise<{ readonly callers: Callers; readonly keys: JSONWebKeySet }> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const kid = `benchmark-${algorithm}`;
  const known = new Map<string, string>();
  const signed: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const subject = randomBytes(6).toString('hex');
    const token = await new SignJWT({ sub: subject })
      .setProtectedHeader({ typ: 'JWT', alg: algorithm, kid })
      .setIssuer(issuer)
      .setAudience(AUDIENCE)
      .setIssuedAt(ISSUED_AT)
      .setExpirationTime(EXPIRES_AT)
      .sign(privateKey);
    signed.push(token);
    known.set(`Bearer ${token}`, subject);
  }
  writeFileSync(tokens, `${signed.join('\n')}\n`);
  return {
    callers: {
      next: inTurn([...known]),
      template: { key: '@KEY@', subject: '', authorization: 'Bearer @TOKEN@' },
      tokens,
      known,
    },
    keys: { keys: [{ ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' }] },
  };
}

function inTurn(known: readonly (readonly [authorization: string, subject: string])[]): Callers['next'] {
  let turn = 0;
  return () => {
    const [authorization, subject] = known[turn % known.length] ?? ['', ''];
    turn += 1;
    return { key: newKey(), subject, authorization };
  };
}
