import type { ErrorCode } from '../lib/errors.ts';
import { absentCredential } from '../luminus/absent-credential.ts';
import { duration } from './duration.ts';
import type { Explanation, Sent } from './explanations.ts';
import { EXPLANATIONS, explainAbsent, RETRY_LATER } from './explanations.ts';
import type { FailedCall } from './upstream-call.ts';

/** Explains a call that brought no meeting. */
export function describeFailure({ failure, response, rejection }: FailedCall, sent: Sent): Explanation {
  const { code, extensions } = failure;
  const { reason, error } = detailsOf(rejection?.failure.cause);
  const explain = EXPLANATIONS[code];
  if (response === null || explain === undefined) return describeSilence(code, error ?? 'unknown');
  const absent = absentCredential(response);
  const hasLost = absent === 'subscription key' || (absent === 'token' && sent.hasToken);
  const { found, advice } = hasLost ? explainAbsent(absent) : explain({ sent, response, reason });
  const { retryAfter } = extensions;
  const wait = retryAfter === undefined ? '' : `, for another ${duration(retryAfter)}`;
  return { found: `HTTP ${response.status}: ${found}${wait}`, advice };
}

/** Explains a call without a response. @param error the code of the system. */
function describeSilence(code: ErrorCode, error: string): Explanation {
  if (code === 'UPSTREAM_TIMEOUT') {
    return {
      found: 'no complete response within UPSTREAM_ATTEMPT_TIMEOUT_MS',
      advice:
        'LumiNUS is too slow, or hangs. Wait and run this again; if it is always slow, raise UPSTREAM_ATTEMPT_TIMEOUT_MS.',
    };
  }
  if (code === 'UPSTREAM_INVALID_RESPONSE')
    return {
      found: `what answers does not speak HTTP (${error})`,
      advice: 'Correct the port or the scheme of UPSTREAM_URL.',
    };
  return { found: `the connection was lost before a response (${error})`, advice: RETRY_LATER };
}

/** What the cause of a failed attempt says: why the decoder refused a response, or the code of the system. */
function detailsOf(cause: unknown): { readonly reason: string | null; readonly error: string | null } {
  if (typeof cause !== 'object' || cause === null) return { reason: null, error: null };
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return {
    reason: text('reason' in cause ? cause.reason : null),
    error: text('error' in cause ? cause.error : null),
  };
}
