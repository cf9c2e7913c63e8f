import type { Credentials } from '../auth/caller.ts';
import type { FailureCode } from '../lib/errors.ts';
import { Failure } from '../lib/errors.ts';
import { readRetryAfter } from '../rest/retry-after.ts';
import type { Answer, AnswerHeaders } from '../rest/transport.ts';
import type { DecodeOptions } from './decode.ts';
import { decodeMeeting } from './decode.ts';
import type { ZoomMeeting } from './meeting.ts';
import type { MeetingId } from './meeting-id.ts';

/** What one attempt came to when it brought no meeting. */
export interface Rejection {
  readonly failure: Failure;
  /** Whether the same call may be tried once more. */
  readonly retry: boolean;
  /** Whether the upstream itself is in trouble, rather than this call: what the breaker counts. */
  readonly outage: boolean;
  /** The setting to correct, where the gateway itself is set up wrongly; null where it is not. */
  readonly setting: string | null;
}

/** What one attempt came to. */
export type Verdict = { readonly meeting: ZoomMeeting } | Rejection;

interface Row {
  readonly code: FailureCode;
  readonly retry?: true;
  readonly outage?: true;
  readonly message?: string;
  readonly setting?: string;
}

/** Each way in which the upstream says no; docs/upstream.md has the same rows by number. */
const ROWS = {
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
  quota: { code: 'UPSTREAM_QUOTA_EXCEEDED' },
  rateLimited: { code: 'UPSTREAM_RATE_LIMITED', retry: true },
  spuriousNotFound: { code: 'NOT_FOUND', retry: true },
  spuriousBadRequest: { code: 'UPSTREAM_BAD_REQUEST', retry: true },
  invalidInput: { code: 'BAD_USER_INPUT', message: 'LumiNUS does not accept this meeting id. Check the id.' },
  noSuchRoute: { code: 'UPSTREAM_MISCONFIGURED', setting: 'UPSTREAM_URL' },
  notFound: { code: 'NOT_FOUND' },
  serverError: { code: 'UPSTREAM_ERROR', retry: true, outage: true },
  unavailable: { code: 'UPSTREAM_UNAVAILABLE', retry: true, outage: true },
  timeout: { code: 'UPSTREAM_TIMEOUT', outage: true },
  invalid: { code: 'UPSTREAM_INVALID_RESPONSE' },
  otherClientError: { code: 'UPSTREAM_BAD_REQUEST' },
  otherServerError: { code: 'UPSTREAM_ERROR', retry: true },
} as const satisfies Record<string, Row>;

/** What an answer is judged by beside itself. */
export interface Question extends DecodeOptions {
  readonly asked: MeetingId;
  readonly keyFrom: Credentials['keyFrom'];
}

/** Reads an answer by "Answers it can give" of docs/upstream.md. */
export function judge(answer: Answer, question: Question): Verdict {
  const body = parseBody(answer);
  const row = rowOf(answer, body, question);
  if (row !== 'meeting') return reject(row, answer, body);
  try {
    return { meeting: decodeMeeting(body.json, question.asked, question) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return reject(ROWS.invalid, answer, body, error.cause);
  }
}

/** Judges an attempt that brought no answer: not connected in time, refused, reset, unresolvable, or no HTTP at all. */
export function judgeError(error: unknown): Rejection {
  const code = systemCode(error);
  // A parser's complaint means that something did answer, though not in HTTP.
  const row: Row =
    code?.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW' ? ROWS.invalid : ROWS.unavailable;
  return rejection(row, { cause: { error: code ?? 'unknown' } });
}

/** The verdict on an attempt that ran out of time. */
export function timedOut(): Rejection {
  return rejection(ROWS.timeout, {});
}

function rowOf(answer: Answer, body: Body, { keyFrom }: Question): Row | 'meeting' {
  const { status, headers } = answer;
  switch (status) {
    case 400:
      return isProblem(headers) && 'errors' in body.object ? ROWS.invalidInput : ROWS.spuriousBadRequest;
    case 401: {
      const challenge = String(headers['www-authenticate'] ?? '');
      const aboutKey = /AzureApiManagementKey/i.test(challenge) || /subscription key/i.test(body.message);
      if (!aboutKey) return ROWS.token;
      return keyFrom === 'caller' ? ROWS.callersKey : ROWS.gatewaysKey;
    }
    case 403:
      return /\bquota\b/i.test(body.message) ? ROWS.quota : ROWS.forbidden;
    case 404:
      return 'statusCode' in body.object && body.message === 'Resource not found'
        ? ROWS.noSuchRoute
        : ROWS.notFound;
    case 429:
      return ROWS.rateLimited;
    case 500:
      return ROWS.serverError;
    case 502:
    case 503:
    case 504:
      return ROWS.unavailable;
    case 204:
      return ROWS.notFound;
  }
  if (status >= 500) return ROWS.otherServerError;
  if (status >= 400) return ROWS.otherClientError;
  if (status >= 300) return ROWS.invalid;
  if (body.json === null) return ROWS.notFound;
  // An error in the clothes of a success, as a sibling endpoint sends it.
  const code = Number('id' in body.object ? Number.NaN : body.object['code']);
  if (code === 404) return ROWS.spuriousNotFound;
  if (code === 429 || (code === 400 && /too\s?many\s?requests/i.test(body.message))) return ROWS.rateLimited;
  return 'meeting';
}

function isProblem(headers: AnswerHeaders): boolean {
  return /^application\/problem\+json\b/i.test(String(headers['content-type'] ?? ''));
}

interface Body {
  /** The parsed body; undefined when it is no JSON. */
  readonly json: unknown;
  /** The parsed body if it is an object, else an empty one. */
  readonly object: Readonly<Record<string, unknown>>;
  /** The sentence of the answer, to be matched and never passed on. */
  readonly message: string;
}

/** A status says enough of a failure whose body cannot be used; a success without a body is no answer. */
function parseBody({ body }: Answer): Body {
  if (typeof body === 'string') return { json: undefined, object: {}, message: '' };
  const written = body.toString('utf8');
  const text = written.startsWith('\uFEFF') ? written.slice(1) : written;
  const json = parseJson(text);
  const object = isObject(json) ? json : {};
  const said = json === undefined ? text : typeof json === 'string' ? json : object['message'];
  return { json, object, message: typeof said === 'string' ? said : '' };
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reject(row: Row, answer: Answer, body: Body, reason?: unknown): Rejection {
  const { status, headers } = answer;
  const activityId = body.object['activityId'];
  return rejection(row, {
    upstreamStatus: status,
    retryAfter: readRetryAfter(headers, body.message, Date.now()),
    cause: {
      status,
      ...(typeof answer.body === 'string' ? { body: answer.body } : { bytes: answer.body.length }),
      ...(typeof activityId === 'string' ? { activityId: activityId.slice(0, 64) } : {}),
      ...(reason === undefined ? {} : { reason }),
    },
  });
}

function rejection(row: Row, details: ConstructorParameters<typeof Failure>[1]): Rejection {
  const message = row.message === undefined ? {} : { message: row.message };
  return {
    failure: new Failure(row.code, { ...message, ...details }),
    retry: row.retry === true,
    outage: row.outage === true,
    setting: row.setting ?? null,
  };
}

function systemCode(error: unknown): string | undefined {
  if (typeof error === 'symbol') return error.description;
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Happy eyeballs report each address that failed.
  if ('errors' in error && Array.isArray(error.errors)) return systemCode(error.errors[0]);
  return 'cause' in error ? systemCode(error.cause) : undefined;
}
