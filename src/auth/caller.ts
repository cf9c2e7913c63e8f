import { createHmac, createSecretKey, hash, randomBytes } from 'node:crypto';

/** What an upstream call is authenticated with. */
export interface Credentials {
  /** Value of `Ocp-Apim-Subscription-Key`: visible ASCII. */
  readonly subscriptionKey: string;
  /** Whose key it is: a refused key is the caller's fault or the gateway's. */
  readonly keyFrom: 'caller' | 'gateway';
  /** Value of `Authorization`, spelled `Bearer <token>`; null where anonymous calls are allowed. */
  readonly authorization: string | null;
}

/** On whose credentials an upstream call is made. */
export interface Caller {
  /**
   * Tells callers apart where credentials must not be kept, such as in logs and limits. It is no secret. Where tokens are
   * verified, all tokens and subscription keys of one person come to one id.
   */
  readonly id: string;
  /** The credentials as one text: equal for two callers only if they are the same. As secret as they are. */
  readonly key: string;
  /** Read by the client of the upstream alone. */
  readonly credentials: Credentials;
}

/** Makes the caller of some credentials. @param subject what a verified token names its caller by; null without one. */
export type IdentifyCaller = (credentials: Credentials, subject?: string | null) => Caller;

/** The last characters of a token tell it from others, as its signature ends there; to hash all of it takes four times as long. */
const TOKEN_SUFFIX_LENGTH = 64;

/** Hexadecimal digits of an id: 48 bits, so that a million callers share none with a probability of 99.8%. */
const ID_LENGTH = 12;

/**
 * Creates what makes callers. Their ids are keyed hashes of the subject, or else of the credentials.
 * @param secret the key of the hashes, equal for processes that share limits. By default it is random, so that the ids of
 * two processes, or of one before and after a restart, have nothing in common.
 */
export function createCallerIdentifier(secret: string | null = null): IdentifyCaller {
  const hashName = secret === null ? createSaltedHash() : createKeyedHash(secret);
  return (credentials, subject = null) => {
    const { subscriptionKey, keyFrom, authorization } = credentials;
    const name = subject ?? `${subscriptionKey} ${authorization?.slice(-TOKEN_SUFFIX_LENGTH) ?? ''}`;
    return {
      id: hashName(name).slice(0, ID_LENGTH),
      // No part but the last can hold a space: the text can be read in one way only.
      key: `${keyFrom} ${subscriptionKey} ${authorization ?? ''}`,
      credentials,
    };
  };
}

/** A salt that nobody knows is as good as a key, and takes a third of the time. */
function createSaltedHash(): (text: string) => string {
  const salt = randomBytes(16).toString('hex');
  return text => hash('sha256', `${salt} ${text}`);
}

/** What is kept outside the process needs more than a salt in front. */
function createKeyedHash(secret: string): (text: string) => string {
  const key = createSecretKey(secret, 'utf8');
  return text => createHmac('sha256', key).update(text).digest('hex');
}
