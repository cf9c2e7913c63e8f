import type { ServerResponse } from 'node:http';
import { errorBody } from '../lib/error-body.ts';
import { GatewayError } from '../lib/errors.ts';
import { COMMON_HEADERS } from './headers.ts';
import { HttpError } from './http-error.ts';
import type { HttpResponse } from './http-message.ts';
import { CLIENT_CLOSED_REQUEST, EMPTY_SUMMARY } from './http-message.ts';
import type { UnreadResponses } from './unread-responses.ts';

/** The headers of a JSON response. */
export const JSON_HEADERS = { 'Content-Type': 'application/json; charset=utf-8' } as const;

/** A response that is still to be sent. */
export interface ResponseContext {
  readonly response: ServerResponse;
  readonly requestId: string;
  /** The headers of the response, whatever it turns out to be. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sends the body, and closes the connection of a client that does not read it. */
  readonly unread: UnreadResponses;
}

/** Creates the context of the response to a request. @param headers those beside the common ones. */
export function createResponseContext(
  response: ServerResponse,
  requestId: string,
  headers: Readonly<Record<string, string>>,
  unread: UnreadResponses,
): ResponseContext {
  return {
    response,
    requestId,
    headers: { ...COMMON_HEADERS, 'X-Request-Id': requestId, ...headers },
    unread,
  };
}

/** Sends a response, unless its client has disconnected. */
export function sendResponse(
  { response, headers: common, unread }: ResponseContext,
  sent: HttpResponse,
): void {
  const { status, headers, body } = sent;
  if (status === CLIENT_CLOSED_REQUEST.status) return;
  const bytes = Buffer.byteLength(body);
  // All headers at once: Node takes three times as long for those that are set one by one.
  response.writeHead(status, {
    ...common,
    ...headers,
    ...(bytes === 0 ? {} : { 'Content-Length': bytes }),
  });
  unread.send(response, body, bytes);
}

/**
 * The response to a request that failed as a whole.
 * @param unexpected is notified of an error that is no GatewayError: the client gets INTERNAL_SERVER_ERROR.
 */
export function errorResponse(
  error: unknown,
  requestId: string,
  unexpected: (error: unknown) => void,
): HttpResponse {
  if (!(error instanceof GatewayError)) unexpected(error);
  const failure = error instanceof GatewayError ? error : new GatewayError('INTERNAL_SERVER_ERROR');
  const { status, headers } = failure instanceof HttpError ? failure : { status: 500, headers: {} };
  return {
    status,
    headers: { ...JSON_HEADERS, ...headers },
    body: errorBody(failure, requestId),
    summary: { ...EMPTY_SUMMARY, codes: [failure.code] },
  };
}
