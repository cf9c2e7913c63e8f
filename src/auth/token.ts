import type { CheckedToken, CheckToken, TokenCheck, TokenCheckOptions } from './token-rules.ts';
import { CLOCK_TOLERANCE, expired } from './token-rules.ts';

const UNVERIFIED: CheckedToken = { subject: null };

/** Three base64url parts; the second holds the claims. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * Makes the check of tokens, and begins to fetch the key set where there is one.
 * Without a key set, only an expired JWT is refused, to save the call; any other token is LumiNUS's to judge.
 */
export function createTokenCheck(options: TokenCheckOptions): TokenCheck {
  const {
    rules: { jwksUrl },
    now,
  } = options;
  if (jwksUrl === null) {
    const checkToken: CheckToken = token => (isExpired(token, now()) ? expired() : UNVERIFIED);
    return { checkToken, keysFetched: Promise.resolve() };
  }
  // Loaded where it is needed: most gateways start without it.
  const check = import('./signature.ts').then(({ createSignatureCheck }) =>
    createSignatureCheck(jwksUrl, options),
  );
  let loaded: TokenCheck | null = null;
  void check.then(signatures => {
    loaded = signatures;
  });
  return {
    // Once it is loaded, a token that was verified lately passes without a promise.
    checkToken: token =>
      loaded === null ? check.then(({ checkToken }) => checkToken(token)) : loaded.checkToken(token),
    keysFetched: check.then(({ keysFetched }) => keysFetched),
  };
}

/**
 * Tells whether a token is a JWT that expired longer ago than clocks may differ; what is no JWT is opaque.
 * It runs at every request: three times as fast as jose's decoder, and nothing is trusted for it.
 */
function isExpired(token: string, now: number): boolean {
  const expiry = readExpiry(token);
  // The pattern last: it reads the whole token, and only an expired one has to fit it.
  return expiry !== null && expiry + CLOCK_TOLERANCE < now / 1000 && JWT.test(token);
}

/** When a token says that it expires, in seconds since the epoch; null where it does not say. It is not verified. */
export function readExpiry(token: string): number | null {
  const from = token.indexOf('.') + 1;
  const to = token.indexOf('.', from);
  if (to === -1) return null;
  try {
    const { exp }: { exp?: unknown } = JSON.parse(Buffer.from(token.slice(from, to), 'base64url').toString());
    return typeof exp === 'number' ? exp : null;
  } catch {
    return null;
  }
}
