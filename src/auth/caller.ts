import { hash, randomBytes } from 'node:crypto';

/** What an upstream call is made with. */
export interface Credentials {
  /** Value of `Ocp-Apim-Subscription-Key`: visible ASCII. */
  readonly subscriptionKey: string;
  /** Whose key it is: a refused key is the caller's fault or the gateway's. */
  readonly keyFrom: 'caller' | 'gateway';
  /** Value of `Authorization`, or null where anonymous calls are allowed. */
  readonly authorization: string | null;
}

/** On whose credentials an upstream call is made. */
export interface Caller extends Credentials {
  /** Tells callers apart where credentials must not be kept, such as logs and limits: a keyed hash, which is no secret. */
  readonly id: string;
  /** The credentials as one text: equal for two callers only if they are the same. As secret as they are. */
  readonly key: string;
}

/** Makes the caller of some credentials. */
export function callerOf(credentials: Credentials): Caller {
  const { subscriptionKey, keyFrom, authorization } = credentials;
  // No part can hold a space before the last: the text reads in one way only.
  const key = `${keyFrom} ${subscriptionKey} ${authorization ?? ''}`;
  return { subscriptionKey, keyFrom, authorization, id: idOf(credentials), key };
}

/** The end of a token tells it from others, as its signature stands there; hashing the whole takes four times as long. */
const TELLING = 64;

/**
 * Makes what names callers where credentials must not be kept: a short keyed hash by which they can be told apart.
 * The key is random, so that names of two makers have nothing in common.
 */
export function createCallerNames(): (caller: Credentials) => string {
  const salt = randomBytes(16).toString('hex');
  return ({ subscriptionKey, authorization }) =>
    hash('sha256', `${salt} ${subscriptionKey} ${authorization?.slice(-TELLING) ?? ''}`).slice(0, 12);
}

/** The ids of this process. */
const idOf = createCallerNames();
