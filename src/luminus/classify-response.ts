import type { Credentials } from '../auth/caller.ts';
import { GatewayError } from '../lib/errors.ts';
import type { Outcome, Rejection, ResponseContext } from '../rest/api.ts';
import { readRetryAfter } from '../rest/retry-after.ts';
import type { ResponseHeaders, UpstreamResponse } from '../rest/transport.ts';
import { TIMED_OUT } from '../rest/transport.ts';
import type { Body } from './parse-body.ts';
import { parseBody } from './parse-body.ts';
import type { Row } from './rejections.ts';
import { REJECTIONS } from './rejections.ts';

/** Classifies a response by the table "Responses" of docs/upstream.md. */
export function classifyResponse<Output>(
  response: UpstreamResponse,
  { keyFrom, decode }: ResponseContext<Output>,
): Outcome<Output> {
  const body = parseBody(response);
  const row = rowOf(response, body, keyFrom);
  if (row !== null) return reject(row, response, body);
  const decoded = decode(body.json);
  if ('value' in decoded) return decoded;
  return reject(REJECTIONS.invalid, response, body, decoded.unusable);
}

/**
 * Classifies an attempt without a response: out of time, not connected in time, refused, reset, unresolvable, answered in
 * something other than HTTP, or not made for want of a file descriptor.
 */
export function classifyError(error: unknown): Rejection {
  if (error === TIMED_OUT) return rejection(REJECTIONS.timeout, {});
  const code = systemCode(error) ?? 'unknown';
  const cause = { error: code };
  if (NO_DESCRIPTOR.has(code)) return rejection(REJECTIONS.noDescriptor, { cause, retryAfter: 1 });
  return rejection(isNotHttp(code) ? REJECTIONS.invalid : REJECTIONS.unavailable, { cause });
}

/** The process, or the system, has as many files open as it may. */
const NO_DESCRIPTOR: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);

/** The errors of undici's parser have no code: their name identifies them. */
const PARSER_ERROR = 'HTTPParserError';

/** An error of the parser means that something did answer, though not in HTTP. */
function isNotHttp(code: string): boolean {
  return code === PARSER_ERROR || code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW';
}

/** The row of the table that a response falls under, or null for a success. */
function rowOf(response: UpstreamResponse, body: Body, keyFrom: Credentials['keyFrom']): Row | null {
  const { status, headers } = response;
  switch (status) {
    case 400:
      return isProblem(headers) && 'errors' in body.object
        ? REJECTIONS.invalidInput
        : REJECTIONS.spuriousBadRequest;
    case 401: {
      const challenge = String(headers['www-authenticate'] ?? '');
      const aboutKey = /AzureApiManagementKey/i.test(challenge) || /subscription key/i.test(body.message);
      if (!aboutKey) return REJECTIONS.token;
      return keyFrom === 'caller' ? REJECTIONS.callersKey : REJECTIONS.gatewaysKey;
    }
    case 403:
      return /\bquota\b/i.test(body.message) ? REJECTIONS.quota : REJECTIONS.forbidden;
    case 404:
      return 'statusCode' in body.object && body.message === 'Resource not found'
        ? REJECTIONS.noSuchRoute
        : REJECTIONS.notFound;
    case 429:
      return REJECTIONS.rateLimited;
    case 500:
      return REJECTIONS.serverError;
    case 502:
    case 503:
    case 504:
      return REJECTIONS.unavailable;
    case 204:
      return REJECTIONS.notFound;
  }
  if (status >= 500) return REJECTIONS.otherServerError;
  if (status >= 400) return REJECTIONS.otherClientError;
  if (status >= 300) return REJECTIONS.invalid;
  if (body.json === null) return REJECTIONS.notFound;
  // An error with the status of a success, as a sibling endpoint sends it.
  const code = Number('id' in body.object ? Number.NaN : body.object['code']);
  if (code === 404) return REJECTIONS.spuriousNotFound;
  if (code === 429 || (code === 400 && /too\s?many\s?requests/i.test(body.message)))
    return REJECTIONS.rateLimited;
  return null;
}

function isProblem(headers: ResponseHeaders): boolean {
  return /^application\/problem\+json\b/i.test(String(headers['content-type'] ?? ''));
}

function reject(row: Row, response: UpstreamResponse, body: Body, reason?: unknown): Rejection {
  const { status, headers } = response;
  const activityId = body.object['activityId'];
  return rejection(row, {
    upstreamStatus: status,
    retryAfter: readRetryAfter(headers, body.message, Date.now()),
    cause: {
      status,
      ...(typeof response.body === 'string' ? { body: response.body } : { bytes: response.body.length }),
      ...(typeof activityId === 'string' ? { activityId: activityId.slice(0, 64) } : {}),
      ...(reason === undefined ? {} : { reason }),
    },
  });
}

function rejection(row: Row, details: ConstructorParameters<typeof GatewayError>[1]): Rejection {
  const message = row.message === undefined ? {} : { message: row.message };
  return {
    failure: new GatewayError(row.code, { ...message, ...details }),
    retry: row.retry === true,
    countsAsFailure: row.countsAsFailure === undefined ? false : row.countsAsFailure,
    isLimit: row.isLimit === true,
    setting: row.setting ?? null,
  };
}

/** The code of an error; of a symbol its description, and of a parser error its name. */
function systemCode(error: unknown): string | undefined {
  if (typeof error === 'symbol') return error.description;
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if ('name' in error && error.name === PARSER_ERROR) return PARSER_ERROR;
  // Happy eyeballs report each address that failed.
  if ('errors' in error && Array.isArray(error.errors)) return systemCode(error.errors[0]);
  return 'cause' in error ? systemCode(error.cause) : undefined;
}
