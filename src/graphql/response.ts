import type { ExecutionResult } from 'graphql';
import type { ErrorCode } from '../lib/errors.ts';
import { GatewayError } from '../lib/errors.ts';
import type { OperationOutcome, OperationSummary } from '../observability/observer.ts';
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

/** The outcome of an operation. */
export interface Outcome extends Execution {
  /** How many errors were omitted from the result because the response had enough. */
  readonly omitted: number;
  /** When its execution began and ended, by `performance.now()`. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** The response to a request, the codes of its errors, and what came of its operations. */
export interface GraphQLResponse extends HttpResponse {
  readonly body: string;
  readonly codes: readonly ErrorCode[];
  readonly operations: readonly OperationSummary[];
}

/**
 * Serializes the response to an operation, or to a batch of them.
 * @param requestBytes the size of the request.
 * @param format makes of an error what a client may see.
 * @returns the results with at most 100 errors among them, and one more in each result that says how many were omitted;
 * or, where that would be too large, one LIMIT_EXCEEDED in its place.
 */
export function createResponse(
  outcomes: Outcome | readonly Outcome[],
  requestBytes: number,
  mediaType: MediaType,
  format: (error: unknown) => FormattedError,
): GraphQLResponse {
  const limit = Math.min(
    RESPONSE_LIMITS.bytes,
    requestBytes * RESPONSE_LIMITS.bytesPerRequestByte - HEAD_BYTES,
  );
  const codes: ErrorCode[] = [];
  let remaining = MAX_ERRORS;
  const resultOf = ({ result: { data, errors = [] }, omitted }: Outcome): object => {
    if (errors.length === 0 && omitted === 0) return { data };
    const included = errors.slice(0, remaining);
    remaining -= included.length;
    const missing = omitted + errors.length - included.length;
    const formatted = (missing === 0 ? included : [...included, omittedError(missing)]).map(format);
    for (const { extensions } of formatted) codes.push(extensions.code);
    return formatted.length === 0 ? { data } : { errors: formatted, data };
  };
  const all = 'result' in outcomes ? [outcomes] : outcomes;
  const results = 'result' in outcomes ? resultOf(outcomes) : outcomes.map(resultOf);
  const status = 'result' in outcomes ? statusOf(outcomes.result, mediaType) : 200;
  const headers = { 'Content-Type': `${mediaType}; charset=utf-8` };
  if (fewestBytes(results, limit) <= limit) {
    const body = JSON.stringify(results);
    if (Buffer.byteLength(body) <= limit)
      return {
        status,
        headers,
        body,
        codes,
        operations: all.map(outcome => summarize(outcome, outcomeOf(outcome))),
      };
  }
  const error = format(tooLarge(limit));
  const body = JSON.stringify({ errors: [error], data: null });
  const operations = all.map(outcome => summarize(outcome, 'failed'));
  return { status, headers, body, codes: [error.extensions.code], operations };
}

/** What observers learn of an operation. @param outcome null where its client has left. */
export function summarize(
  { operationName: name, operationType: type, startedAt, endedAt }: Outcome,
  outcome: OperationOutcome | null,
): OperationSummary {
  return { name, type, outcome, startedAt, endedAt };
}

function outcomeOf({ result: { data, errors = [] }, omitted }: Outcome): OperationOutcome {
  if (errors.length + omitted === 0) return 'ok';
  return Object.values(data ?? {}).some(hasValue) ? 'partial' : 'failed';
}

function hasValue(value: unknown): boolean {
  return Array.isArray(value) ? value.some(item => item !== null) : value !== null;
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
    message: `${which} left out: a response has at most ${MAX_ERRORS}. Ask for less in one request to see them all.`,
  });
}

function tooLarge(limit: number): GatewayError {
  const most =
    limit === RESPONSE_LIMITS.bytes
      ? `${limit} bytes`
      : `${RESPONSE_LIMITS.bytesPerRequestByte} bytes for each byte of the request`;
  return new GatewayError('LIMIT_EXCEEDED', {
    message: `The response would be larger than ${most}. Ask for fewer meetings or fields in one request.`,
  });
}
