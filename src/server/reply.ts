import type { ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import type { PresentError } from '../graphql/format-error.ts';
import type { Outcome } from '../graphql/response.ts';
import { writeAnswer } from '../graphql/response.ts';
import { Failure } from '../lib/errors.ts';
import { COMMON_HEADERS } from './headers.ts';
import { Refusal } from './http-error.ts';
import type { UnreadAnswers } from './unread-answers.ts';

/** Media types of GraphQL over HTTP; the second may carry errors under another status than 200. */
export type MediaType = 'application/json' | 'application/graphql-response+json';

/**
 * Chooses the media type of an answer: the first in `Accept` that GraphQL over HTTP has.
 * @returns null when there is none.
 */
export function negotiate(accept: string | undefined): MediaType | null {
  if (accept === undefined) return 'application/json';
  for (const range of accept.toLowerCase().split(',')) {
    const [type, ...parameters] = range.split(';').map(part => part.trim());
    if (parameters.some(parameter => /^q=0(?:\.0*)?$|^charset=(?!"?utf-?8)/.test(parameter))) continue;
    if (type === 'application/json' || type === 'application/graphql-response+json') return type;
    if (type === '*/*' || type === 'application/*') return 'application/json';
  }
  return null;
}

/** An answer that is still to be given, and the headers it has whatever it turns out to be. */
export interface Reply {
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sends the body, so that a client that does not read it is noticed. */
  readonly unread: UnreadAnswers;
}

/** Opens the reply to a request. @param more headers beside the common ones. */
export function openReply(
  response: ServerResponse,
  requestId: string,
  more: Readonly<Record<string, string>>,
  unread: UnreadAnswers,
): Reply {
  return { response, requestId, headers: { ...COMMON_HEADERS, 'X-Request-Id': requestId, ...more }, unread };
}

/** Sends an answer that is JSON already. */
export function sendJson(
  { response, headers: common, unread }: Reply,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.byteLength(body);
  // All headers at once: Node takes three times as long for those that are set one by one.
  response.writeHead(status, {
    ...common,
    'Content-Type': 'application/json; charset=utf-8',
    ...headers,
    'Content-Length': bytes,
  });
  unread.send(response, body, bytes);
}

/** What the log tells of an answer. */
export interface Sent {
  readonly status: number;
  readonly codes: readonly string[];
}

/** Sends the result of an operation, or those of a batch. */
export function sendResults(
  reply: Reply,
  outcomes: Outcome | readonly Outcome[],
  requestBytes: number,
  mediaType: MediaType,
  presentError: PresentError,
): Sent {
  const status = 'result' in outcomes ? statusOf(outcomes.result, mediaType) : 200;
  const { body, codes } = writeAnswer(outcomes, requestBytes, error => presentError(error, reply.requestId));
  sendJson(reply, status, body, { 'Content-Type': `${mediaType}; charset=utf-8` });
  return { status, codes };
}

/** Sends what a request that never became an operation fails with. */
export function sendError(reply: Reply, error: unknown, presentError: PresentError): Sent {
  const presented = presentError(error, reply.requestId);
  const refusal = error instanceof Refusal ? error : undefined;
  const status = refusal?.status ?? 500;
  sendJson(reply, status, JSON.stringify({ errors: [presented] }), refusal?.headers);
  return { status, codes: [presented.extensions.code] };
}

/** By GraphQL over HTTP: what was executed is 200; what was not is 200 only for clients of plain JSON. */
function statusOf({ data, errors = [] }: ExecutionResult, mediaType: MediaType): number {
  if (data !== undefined || errors.length === 0) return 200;
  const statuses = errors.map(error => {
    const { http } = error.extensions;
    if (mediaType === 'application/json' && http?.spec === true) return 200;
    if (http?.status !== undefined) return http.status;
    return error.originalError == null || error.originalError instanceof Failure ? 400 : 500;
  });
  return Math.max(...statuses);
}
