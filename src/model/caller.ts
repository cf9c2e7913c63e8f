/** On whose credentials an upstream call is made. */
export interface Caller {
  /** Value of `Ocp-Apim-Subscription-Key`. */
  readonly subscriptionKey: string;
  /** Whose key it is: a refused key is the caller's fault or the gateway's. */
  readonly keyFrom: 'caller' | 'gateway';
  /** Value of `Authorization`, or null where anonymous calls are allowed. */
  readonly authorization: string | null;
}
