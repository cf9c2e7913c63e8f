import { GatewayError } from '../lib/errors.ts';
import { isHeaderText, MAX_KEY } from '../lib/header-text.ts';
import type { Signal } from '../lib/signal.ts';
import type { Caller, Credentials, IdentifyCaller } from './caller.ts';
import type { CheckedToken, CheckToken } from './token-rules.ts';
import { refused } from './token-rules.ts';

/** The gateway's own credentials, and how those of callers are checked. */
export interface CredentialRules {
  /** The gateway's own subscription key, for callers that send none. */
  readonly gatewayKey: string | null;
  /** Whether a Bearer token may be missing where one is needed: with the gateway's key, or where tokens are verified. */
  readonly allowAnonymous: boolean;
  readonly verifiesTokens: boolean;
  readonly checkToken: CheckToken;
  readonly identify: IdentifyCaller;
}

/** Longest Authorization header, in characters. */
export const MAX_AUTHORIZATION = 8 * 1024;

/** RFC 6750: the scheme, in any case, and one token68. */
const BEARER = /^[Bb][Ee][Aa][Rr][Ee][Rr] +[A-Za-z0-9._~+/-]+=*$/;

/** How the scheme is spelled in what goes upstream. */
const SCHEME = 'Bearer ';

/**
 * Reads on whose credentials a request is made.
 * @param rawHeaders names and values in turn, as they arrived: a header that was sent twice stays two.
 * @param signal aborted at the deadline of the request: a token whose key is still being fetched is then refused.
 * @returns the caller, or the failure that says what is missing or wrong: UNAUTHENTICATED or KEYS_UNAVAILABLE.
 */
export function readCaller(
  rawHeaders: readonly string[],
  rules: CredentialRules,
  signal: Signal,
): Caller | GatewayError | Promise<Caller | GatewayError> {
  const credentials = chooseCredentials(rawHeaders, rules);
  if (credentials instanceof GatewayError) return credentials;
  const { authorization } = credentials;
  const { checkToken, identify } = rules;
  if (authorization === null) return identify(credentials);
  const identifyChecked = (checked: CheckedToken | GatewayError): Caller | GatewayError =>
    checked instanceof GatewayError ? checked : identify(credentials, checked.subject);
  const checked = checkToken(authorization.slice(SCHEME.length));
  if (checked instanceof Promise) return Promise.race([checked, onTimeout(signal)]).then(identifyChecked);
  return identifyChecked(checked);
}

/** Settles with KEYS_UNAVAILABLE when the signal aborts. */
function onTimeout(signal: Signal): Promise<GatewayError> {
  return new Promise(resolve => signal.onAbort(() => resolve(new GatewayError('KEYS_UNAVAILABLE'))));
}

function chooseCredentials(
  rawHeaders: readonly string[],
  { gatewayKey, allowAnonymous, verifiesTokens }: CredentialRules,
): Credentials | GatewayError {
  const header = onlyValueOf('authorization', rawHeaders);
  const key = onlyValueOf('ocp-apim-subscription-key', rawHeaders);
  if (header === SEVERAL) return refused('Send one Authorization header, not several.');
  if (key === SEVERAL) return refused('Send one Ocp-Apim-Subscription-Key header, not several.');

  if (header !== null && (header.length > MAX_AUTHORIZATION || !BEARER.test(header))) {
    return refused(
      `Send the token as Authorization: Bearer <token>, of at most ${MAX_AUTHORIZATION} characters.`,
    );
  }
  const authorization = header === null ? null : normalize(header);
  if (key !== null) {
    if (!isHeaderText(key, MAX_KEY)) {
      return refused(`Send an Ocp-Apim-Subscription-Key of at most ${MAX_KEY} visible ASCII characters.`);
    }
    // Whoever invents keys would otherwise be as many callers.
    if (authorization === null && verifiesTokens && !allowAnonymous) return signIn();
    return { subscriptionKey: key, keyFrom: 'caller', authorization };
  }
  if (gatewayKey === null) {
    return refused('Send your LumiNUS subscription key in the Ocp-Apim-Subscription-Key header.');
  }
  if (authorization === null && !allowAnonymous) return signIn();
  return { subscriptionKey: gatewayKey, keyFrom: 'gateway', authorization };
}

function signIn(): GatewayError {
  return refused('Sign in and send the token as Authorization: Bearer <token>.');
}

/** Spells a header that fits `BEARER` in one way, so that one token is one caller. */
function normalize(header: string): string {
  if (header.startsWith(SCHEME) && header[SCHEME.length] !== ' ') return header;
  return SCHEME + header.slice(SCHEME.length).trimStart();
}

/** In place of the value of a header that was sent more than once. */
const SEVERAL = Symbol('several');

/** The value of a header that may be sent once; null without it. */
function onlyValueOf(name: string, rawHeaders: readonly string[]): string | null | typeof SEVERAL {
  let value: string | null = null;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const sent = rawHeaders[at];
    // The length alone tells most names apart.
    if (sent?.length !== name.length || sent.toLowerCase() !== name) continue;
    if (value !== null) return SEVERAL;
    value = rawHeaders[at + 1] ?? null;
  }
  return value;
}
