import type { ExecutionResult } from 'graphql';
import { Failure } from '../lib/errors.ts';
import { MAX_ERRORS } from '../schema/error-budget.ts';
import type { PresentedError } from './format-error.ts';

/** What the JSON of an answer may come to. */
export const ANSWER_LIMITS = {
  /** Bytes, whatever was asked. */
  bytes: 8 * 1024 * 1024,
  /** Bytes for each byte of the request, its head and the text its hash stands for counted in. */
  bytesPerRequestByte: 100,
} as const;

/** What is set aside for the head of an answer, in bytes. */
const HEAD_BYTES = 1_024;

/** What became of an operation. */
export interface Outcome {
  readonly result: ExecutionResult;
  /** How many errors the result does not have for want of room. */
  readonly leftOut: number;
}

/** The JSON of an answer, and the codes of its errors. */
export interface Answer {
  readonly body: string;
  readonly codes: readonly string[];
}

/**
 * Writes the answer to an operation, or to a batch of them.
 * @param requestBytes the size of what is answered.
 * @param present makes of an error what a client may see.
 * @returns the results with at most 100 errors among them, and one more in each result that says how many were left out;
 * or, where that would be too large, one LIMIT_EXCEEDED in its place.
 */
export function writeAnswer(
  outcomes: Outcome | readonly Outcome[],
  requestBytes: number,
  present: (error: unknown) => PresentedError,
): Answer {
  const limit = Math.min(ANSWER_LIMITS.bytes, requestBytes * ANSWER_LIMITS.bytesPerRequestByte - HEAD_BYTES);
  const codes: string[] = [];
  let room = MAX_ERRORS;
  const resultOf = ({ result: { data, errors = [] }, leftOut }: Outcome): object => {
    const told = errors.slice(0, room);
    room -= told.length;
    const missing = leftOut + errors.length - told.length;
    const presented = (missing === 0 ? told : [...told, leftOutError(missing)]).map(present);
    for (const { extensions } of presented) codes.push(extensions.code);
    return presented.length === 0 ? { data } : { errors: presented, data };
  };
  const results = 'result' in outcomes ? resultOf(outcomes) : outcomes.map(resultOf);
  if (fewestBytes(results, limit) <= limit) {
    const body = JSON.stringify(results);
    if (Buffer.byteLength(body) <= limit) return { body, codes };
  }
  const error = present(tooLarge(limit));
  return { body: JSON.stringify({ errors: [error], data: null }), codes: [error.extensions.code] };
}

/** The fewest bytes a value can take as JSON, counted before it is written; no further than beyond a limit. */
function fewestBytes(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 1;
  let bytes = 2;
  for (const key in value) {
    bytes += fewestBytes((value as Readonly<Record<string, unknown>>)[key], limit - bytes) + key.length + 1;
    if (bytes > limit) break;
  }
  return bytes;
}

function leftOutError(count: number): Failure {
  const which = count === 1 ? '1 more error was' : `${count} more errors were`;
  return new Failure('LIMIT_EXCEEDED', {
    message: `${which} left out: an answer has at most ${MAX_ERRORS}. Ask for less in one request to see them all.`,
  });
}

function tooLarge(limit: number): Failure {
  const most =
    limit === ANSWER_LIMITS.bytes
      ? `${limit} bytes`
      : `${ANSWER_LIMITS.bytesPerRequestByte} bytes for each byte of the request`;
  return new Failure('LIMIT_EXCEEDED', {
    message: `The answer would be larger than ${most}. Ask for fewer meetings or fields in one request.`,
  });
}
