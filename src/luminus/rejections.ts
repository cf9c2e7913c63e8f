import type { ErrorCode } from '../lib/errors.ts';
import type { LimitCode } from '../rest/hold.ts';

/** What one kind of rejection is to a client, to the retry and to the circuit breaker. */
export type Row = RowDetails & (Failure | ReachedLimit);

interface RowDetails {
  readonly retry?: true;
  /** Null where it says nothing about the upstream. */
  readonly countsAsFailure?: true | null;
  readonly message?: string;
  readonly setting?: string;
}

interface Failure {
  readonly code: ErrorCode;
  readonly isLimit?: never;
}

/** Further calls on the same credentials are refused as well. */
interface ReachedLimit {
  readonly code: LimitCode;
  readonly isLimit: true;
}

/** Each way in which the upstream rejects a call, as the table "Responses" of docs/upstream.md describes them. */
export const REJECTIONS = {
  callersKey: {
    code: 'UNAUTHENTICATED',
    message:
      'LumiNUS refused your subscription key. Check the Ocp-Apim-Subscription-Key header against your API profile.',
  },
  gatewaysKey: { code: 'UPSTREAM_MISCONFIGURED', setting: 'UPSTREAM_SUBSCRIPTION_KEY' },
  token: {
    code: 'UNAUTHENTICATED',
    message:
      'LumiNUS refused the sign-in. Sign in again and send the new token as Authorization: Bearer <token>.',
  },
  forbidden: { code: 'FORBIDDEN' },
  quota: { code: 'UPSTREAM_QUOTA_EXCEEDED', isLimit: true },
  rateLimited: { code: 'UPSTREAM_RATE_LIMITED', retry: true, isLimit: true },
  spuriousNotFound: { code: 'NOT_FOUND', retry: true },
  spuriousBadRequest: { code: 'UPSTREAM_BAD_REQUEST', retry: true },
  invalidInput: { code: 'BAD_USER_INPUT', message: 'LumiNUS does not accept this meeting id. Check the id.' },
  noSuchRoute: { code: 'UPSTREAM_MISCONFIGURED', setting: 'UPSTREAM_URL' },
  notFound: { code: 'NOT_FOUND' },
  serverError: { code: 'UPSTREAM_ERROR', retry: true, countsAsFailure: true },
  unavailable: { code: 'UPSTREAM_UNAVAILABLE', retry: true, countsAsFailure: true },
  timeout: { code: 'UPSTREAM_TIMEOUT', countsAsFailure: true },
  noDescriptor: { code: 'OVERLOADED', countsAsFailure: null },
  invalid: { code: 'UPSTREAM_INVALID_RESPONSE' },
  otherClientError: { code: 'UPSTREAM_BAD_REQUEST' },
  otherServerError: { code: 'UPSTREAM_ERROR', retry: true },
} as const satisfies Record<string, Row>;
