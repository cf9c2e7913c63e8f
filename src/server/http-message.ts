import type { IncomingHttpHeaders } from 'node:http';
import type { ErrorCode } from '../lib/errors.ts';
import type { RequestContext } from '../lib/request-context.ts';
import type { Signal } from '../lib/signal.ts';
import type { OperationSummary } from '../observability/observer.ts';

/** A request as a route's handler sees it: no sockets, so that a test can make one. */
export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** Names and values in turn, as they arrived: a header that was sent twice stays two. */
  readonly rawHeaders: readonly string[];
  /** The size of the request line and the headers, in bytes, with the least whitespace they can have. */
  readonly headBytes: number;
  /** Whether the client has disconnected: nobody will read a response. */
  readonly isClosed: boolean;
  /**
   * Starts the request's deadline. To be called at most once, by a handler that waits for anything; the context's signal
   * aborts at the deadline or when the client disconnects.
   */
  createContext(): RequestContext;
  /**
   * Reads the parameters in the query of the URL.
   * @throws HttpError when they cannot be read, or when requests in progress hold too much.
   */
  readQuery(): ReadonlyMap<string, string>;
  /**
   * Reads the body.
   * @param signal that of the request's context.
   * @throws HttpError when the body is too large, too late, incomplete or not UTF-8, or when requests in progress hold too much.
   */
  readBody(signal: Signal): Promise<string>;
}

/** A response as a route's handler returns it. */
export interface HttpResponse {
  readonly status: number;
  /** Headers beside those that every response has; one of the same name replaces the common one. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty where the status has no body. */
  readonly body: string | Buffer;
  /** What is known of the request, for observers; by default `EMPTY_SUMMARY`. */
  readonly summary?: ResponseSummary;
}

/** What a handler has learnt of a request, for observers. */
export interface ResponseSummary {
  /** The codes of the errors in the response. */
  readonly codes: readonly ErrorCode[];
  readonly operations: readonly OperationSummary[];
  /** The id of the caller; null where there is none. */
  readonly callerId: string | null;
}

/** Handles the requests of a route. @throws HttpError, or any other GatewayError, which becomes the response. */
export type HttpHandler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** The summary of a response without errors, operations or a caller. */
export const EMPTY_SUMMARY: ResponseSummary = { codes: [], operations: [], callerId: null };

/** The outcome of a request whose client has disconnected: nothing is sent. nginx logs the same status. */
export const CLIENT_CLOSED_REQUEST: HttpResponse = { status: 499, headers: {}, body: '' };
