import type { Credentials } from '../auth/caller.ts';
import type { GatewayError } from '../lib/errors.ts';
import type { Decoded } from './operation.ts';
import type { UpstreamResponse } from './transport.ts';

/** What is known of a REST API as a whole: where it is, what is sent with every call, and what its responses mean. */
export interface Api {
  /** Origin, and path prefix if any. */
  readonly baseUrl: URL;
  /** All headers of a call: nothing else of what a client sends reaches the upstream. */
  headersFor(credentials: Credentials, requestId: string): Record<string, string>;
  /** Tells what a response came to; one that cannot be decoded is a rejection. */
  classifyResponse<Output>(response: UpstreamResponse, context: ResponseContext<Output>): Outcome<Output>;
  /** Tells what an attempt without a response came to. @param error what `sendRequest` rejected with. */
  classifyError(error: unknown): Rejection;
}

/** What a response is classified by beside itself. */
export interface ResponseContext<Output> {
  /** Whose subscription key the call was made with. */
  readonly keyFrom: Credentials['keyFrom'];
  readonly decode: (json: unknown) => Decoded<Output>;
}

/** What one attempt came to. */
export type Outcome<Output> = { readonly value: Output } | Rejection;

/** What one attempt came to that brought no value. */
export interface Rejection {
  readonly failure: GatewayError;
  /** Whether the same call may be retried. */
  readonly retry: boolean;
  /**
   * Whether it counts as a failure of the upstream itself, rather than of this call: the circuit breaker goes by it.
   * Null where it says nothing about the upstream.
   */
  readonly countsAsFailure: boolean | null;
  /**
   * Whether a limit of the upstream was reached: it refuses further calls on the same credentials as well, for the
   * `retryAfter` of the failure where that is known.
   */
  readonly isLimit: boolean;
  /** The setting to correct, where the gateway itself is set up wrongly; null where it is not. */
  readonly setting: string | null;
}
