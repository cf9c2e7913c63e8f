import type { ExecutionResult } from 'graphql';
import { GatewayError } from '../lib/errors.ts';
import { MAX_ERRORS } from '../schema/error-budget.ts';
import type { HttpResponse } from '../server/http-message.ts';
import type { Execution } from './execute.ts';
import type { FormattedError } from './format-error.ts';
import type { MediaType } from './media-type.ts';

/** Limits on the JSON of a response. */
export const RESPONSE_LIMITS = {
  /** Bytes, whatever was asked. */
  bytes: 8 * 1024 * 1024,
  /** Bytes for each byte of the request, its head and the text its hash stands for counted in. */
  bytesPerRequestByte: 100,
} as const;

/** Bytes reserved for the head of a response. */
const HEAD_BYTES = 1_024;

/** The response to a request, and the codes of its errors. */
export interface GraphQLResponse extends HttpResponse {
  readonly body: string;
  readonly codes: readonly string[];
}

/**
 * Serializes the response to an operation, or to a batch of them.
 * @param requestBytes the size of the request.
 * @param format makes of an error what a client may see.
 * @returns the results with at most 100 errors among them, and one more in each result that says how many were omitted;
 * or, where that would be too large, one LIMIT_EXCEEDED in its place.
 */
export function createResponse(
  executed: Execution | readonly Execution[],
  requestBytes: number,
  mediaType: MediaType,
  format: (error: unknown) => FormattedError,
): GraphQLResponse {
  const limit = Math.min(
    RESPONSE_LIMITS.bytes,
    requestBytes * RESPONSE_LIMITS.bytesPerRequestByte - HEAD_BYTES,
  );
  const codes: string[] = [];
  let remaining = MAX_ERRORS;
  const resultOf = ({ result: { data, errors = [] }, omitted }: Execution): object => {
    if (errors.length === 0 && omitted === 0) return { data };
    const included = errors.slice(0, remaining);
    remaining -= included.length;
    const missing = omitted + errors.length - included.length;
    const formatted = (missing === 0 ? included : [...included, omittedError(missing)]).map(format);
    for (const { extensions } of formatted) codes.push(extensions.code);
    return formatted.length === 0 ? { data } : { errors: formatted, data };
  };
  const results = 'result' in executed ? resultOf(executed) : executed.map(resultOf);
  const status = 'result' in executed ? statusOf(executed.result, mediaType) : 200;
  const headers = { 'Content-Type': `${mediaType}; charset=utf-8` };
  if (fewestBytes(results, limit) <= limit) {
    const body = JSON.stringify(results);
    if (Buffer.byteLength(body) <= limit) return { status, headers, body, codes };
  }
  const error = format(tooLarge(limit));
  const body = JSON.stringify({ errors: [error], data: null });
  return { status, headers, body, codes: [error.extensions.code] };
}

/** By GraphQL over HTTP: what was executed is 200; what was not is 200 only for clients of plain JSON. */
function statusOf({ data, errors = [] }: ExecutionResult, mediaType: MediaType): number {
  if (data !== undefined || errors.length === 0) return 200;
  const statuses = errors.map(error => {
    const { http } = error.extensions;
    if (mediaType === 'application/json' && http?.spec === true) return 200;
    if (http?.status !== undefined) return http.status;
    return error.originalError == null || error.originalError instanceof GatewayError ? 400 : 500;
  });
  return Math.max(...statuses);
}

/** The fewest bytes a value can take as JSON, counted before it is written; no further than beyond a limit. */
function fewestBytes(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 1;
  let bytes = 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      bytes += fewestBytes(item, limit - bytes) + 1;
      if (bytes > limit) break;
    }
    return bytes;
  }
  for (const key in value) {
    bytes += fewestBytes((value as Readonly<Record<string, unknown>>)[key], limit - bytes) + key.length + 1;
    if (bytes > limit) break;
  }
  return bytes;
}

function omittedError(count: number): GatewayError {
  const which = count === 1 ? '1 more error was' : `${count} more errors were`;
  return new GatewayError('LIMIT_EXCEEDED', {
    message: `${which} left out: an answer has at most ${MAX_ERRORS}. Ask for less in one request to see them all.`,
  });
}

function tooLarge(limit: number): GatewayError {
  const most =
    limit === RESPONSE_LIMITS.bytes
      ? `${limit} bytes`
      : `${RESPONSE_LIMITS.bytesPerRequestByte} bytes for each byte of the request`;
  return new GatewayError('LIMIT_EXCEEDED', {
    message: `The answer would be larger than ${most}. Ask for fewer meetings or fields in one request.`,
  });
}
