import { Failure } from '../lib/errors.ts';
import { isHeaderText, MAX_KEY } from '../lib/header-text.ts';
import type { Signal } from '../lib/signal.ts';
import type { Caller, Credentials } from './caller.ts';
import { callerOf } from './caller.ts';
import type { CheckToken } from './token-rules.ts';
import { refused } from './token-rules.ts';

/** What the gateway brings itself, and how it looks at tokens. */
export interface CredentialRules {
  /** The gateway's own subscription key, for callers that send none. */
  readonly gatewayKey: string | null;
  /** Whether the gateway's key may be used without a Bearer token. */
  readonly allowAnonymous: boolean;
  readonly checkToken: CheckToken;
}

/** Longest Authorization header, in characters. */
export const MAX_AUTHORIZATION = 8 * 1024;

/** RFC 6750: the scheme, in any case, and one token68. */
const BEARER = /^[Bb][Ee][Aa][Rr][Ee][Rr] +[A-Za-z0-9._~+/-]+=*$/;

/**
 * Reads on whose credentials a request is made.
 * @param rawHeaders names and values in turn, as they came: a header that comes twice stays two.
 * @param signal aborted when the time of the request is up: a token whose key is still being fetched is refused.
 * @returns the caller, or the failure that says what is missing or wrong: UNAUTHENTICATED or KEYS_UNAVAILABLE.
 */
export function readCaller(
  rawHeaders: readonly string[],
  rules: CredentialRules,
  signal: Signal,
): Caller | Failure | Promise<Caller | Failure> {
  const credentials = chooseCredentials(rawHeaders, rules);
  if (credentials instanceof Failure) return credentials;
  const { authorization } = credentials;
  if (authorization === null) return callerOf(credentials);
  const verdict = rules.checkToken(authorization.slice(authorization.indexOf(' ')).trimStart());
  if (verdict instanceof Promise)
    return Promise.race([verdict, late(signal)]).then(failure => failure ?? callerOf(credentials));
  return verdict ?? callerOf(credentials);
}

function late(signal: Signal): Promise<Failure> {
  return new Promise(resolve => signal.onAbort(() => resolve(new Failure('KEYS_UNAVAILABLE'))));
}

function chooseCredentials(
  rawHeaders: readonly string[],
  { gatewayKey, allowAnonymous }: CredentialRules,
): Credentials | Failure {
  const authorization = onlyValueOf('authorization', rawHeaders);
  const key = onlyValueOf('ocp-apim-subscription-key', rawHeaders);
  if (authorization === SEVERAL) return refused('Send one Authorization header, not several.');
  if (key === SEVERAL) return refused('Send one Ocp-Apim-Subscription-Key header, not several.');

  if (authorization !== null && (authorization.length > MAX_AUTHORIZATION || !BEARER.test(authorization))) {
    return refused(
      `Send the token as Authorization: Bearer <token>, of at most ${MAX_AUTHORIZATION} characters.`,
    );
  }
  if (key !== null) {
    if (!isHeaderText(key, MAX_KEY)) {
      return refused(`Send an Ocp-Apim-Subscription-Key of at most ${MAX_KEY} visible ASCII characters.`);
    }
    return { subscriptionKey: key, keyFrom: 'caller', authorization };
  }
  if (gatewayKey === null) {
    return refused('Send your LumiNUS subscription key in the Ocp-Apim-Subscription-Key header.');
  }
  if (authorization === null && !allowAnonymous) {
    return refused('Sign in and send the token as Authorization: Bearer <token>.');
  }
  return { subscriptionKey: gatewayKey, keyFrom: 'gateway', authorization };
}

const SEVERAL = Symbol('several');

/** The value of a header that may come once; null without it. */
function onlyValueOf(name: string, rawHeaders: readonly string[]): string | null | typeof SEVERAL {
  let value: string | null = null;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const sent = rawHeaders[at];
    // Most are told apart by their length.
    if (sent?.length !== name.length || sent.toLowerCase() !== name) continue;
    if (value !== null) return SEVERAL;
    value = rawHeaders[at + 1] ?? null;
  }
  return value;
}
