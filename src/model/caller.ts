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
  /**
   * Stands for the credentials where they must not be seen or would be too long: equal for two callers only if their
   * credentials are. It means nothing outside the gateway that made it.
   */
  readonly fingerprint: string;
}

/** Makes what makes callers of credentials: their fingerprints can be compared with each other, and with no others. */
export function createCallers(): (credentials: Credentials) => Caller {
  const salt = randomBytes(32).toString('hex');
  return ({ subscriptionKey, keyFrom, authorization }) => {
    // No part can hold a space before the last: what is hashed reads in one way only.
    const fingerprint = hash('sha256', `${salt} ${keyFrom} ${subscriptionKey} ${authorization ?? ''}`);
    return { subscriptionKey, keyFrom, authorization, fingerprint };
  };
}
