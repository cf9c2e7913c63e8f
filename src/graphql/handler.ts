import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../auth/caller.ts';
import { GatewayError } from '../lib/errors.ts';
import type { RequestContext } from '../lib/request-context.ts';
import type { Signal } from '../lib/signal.ts';
import type { Loaders } from '../schema/context.ts';
import { createErrorAllowance, ErrorBudget } from '../schema/error-budget.ts';
import { HttpError } from '../server/http-error.ts';
import type { HttpHandler, HttpRequest } from '../server/http-message.ts';
import { CLIENT_CLOSED_REQUEST } from '../server/http-message.ts';
import { checkBatch, refuseBatch, runBatch } from './batch.ts';
import type { Execute } from './execute.ts';
import { createIntrospectionAllowance } from './execute.ts';
import type { FormatError } from './format-error.ts';
import type { AllowSimpleGet } from './get-request.ts';
import { checkPreflight, readUrl } from './get-request.ts';
import type { MediaType } from './media-type.ts';
import { isJson, negotiate } from './media-type.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';
import type { Outcome } from './response.ts';
import { createResponse, summarize } from './response.ts';

/** What the handler of GraphQL requests works with. */
export interface HandlerOptions {
  readonly execute: Execute;
  /** Makes of an error what a client may see. */
  readonly formatError: FormatError;
  /**
   * Reads on whose credentials a request is made, once it is known to be one for GraphQL.
   * @returns the caller, or the failure of every field that needs one.
   */
  readonly authenticate: (
    rawHeaders: readonly string[],
    signal: Signal,
  ) => Caller | GatewayError | Promise<Caller | GatewayError>;
  /** Tells whether the upstream has accepted a caller: others must not evict the texts that callers have registered. */
  readonly isAccepted: (caller: Caller) => boolean;
  /**
   * Creates the loaders of one request.
   * @param started settles once all operations of a batch have started, before which they load nothing; null for one operation.
   */
  readonly createLoaders: (caller: Caller, context: RequestContext, started: Promise<void> | null) => Loaders;
  /** Most operations in one request; 0 where batches are off. */
  readonly batchLimit: number;
  /** Which GET requests are taken without a header that shows a preflight. */
  readonly allowSimpleGet: AllowSimpleGet;
}

/**
 * Creates the handler of requests by GraphQL over HTTP: one operation, or by POST a batch of them, in and their results out.
 * By GET only queries are executed.
 * It knows no sockets: a test calls it with a plain object.
 */
export function createHandler(options: HandlerOptions): HttpHandler {
  const { execute, formatError, authenticate, isAccepted, createLoaders, batchLimit, allowSimpleGet } =
    options;

  return async request => {
    const isGet = request.method === 'GET';
    if (isGet) checkPreflight(request.headers, allowSimpleGet);
    const mediaType = chooseMediaType(request.headers);
    if (!isGet) checkContentType(request.headers);
    const context = request.createContext();
    const { params, bytes } = isGet
      ? readUrl(request)
      : readBody(request, await request.readBody(context.signal));
    if (Array.isArray(params)) {
      const refusal = checkBatch(params, batchLimit);
      if (refusal) return refuseBatch(refusal, params.length, mediaType, context.requestId);
    }

    const authenticated = authenticate(request.rawHeaders, context.signal);
    const caller = authenticated instanceof Promise ? await authenticated : authenticated;
    const batch = Array.isArray(params)
      ? { operations: params, started: Promise.withResolvers<void>() }
      : null;
    // The same loaders for the whole request: a meeting that several operations of a batch name is synced once.
    const loaders =
      caller instanceof GatewayError
        ? caller
        : createLoaders(caller, context, batch?.started.promise ?? null);
    const mayRegister = (): boolean => !(caller instanceof GatewayError) && isAccepted(caller);
    const errorAllowance = createErrorAllowance();
    const introspection = createIntrospectionAllowance();
    const run = async (operation: unknown): Promise<Outcome> => {
      const startedAt = performance.now();
      const errors = new ErrorBudget(errorAllowance);
      const execution = await execute(operation, {
        loaders,
        errors,
        introspection,
        mayRegister,
        queriesOnly: isGet,
      });
      return { ...execution, omitted: errors.omitted, startedAt, endedAt: performance.now() };
    };
    const outcomes = batch ? await runBatch(batch.operations, run, batch.started.resolve) : await run(params);
    const callerId = caller instanceof GatewayError ? null : caller.id;
    // Its calls were cancelled: their errors are not failures to report.
    if (request.isClosed) {
      const operations = listOf(outcomes).map(outcome => summarize(outcome, null));
      return { ...CLIENT_CLOSED_REQUEST, summary: { codes: [], operations, callerId } };
    }
    const requestBytes = bytes + storedBytes(outcomes);
    const { codes, operations, ...response } = createResponse(outcomes, requestBytes, mediaType, error =>
      formatError(error, context),
    );
    const allowed = response.status === 405 ? { ...response.headers, Allow: 'POST' } : response.headers;
    const allowance = loaders instanceof GatewayError ? null : loaders.meetings.allowance();
    const headers = allowance === null ? allowed : { ...allowed, ...rateLimitHeaders(await allowance) };
    return { ...response, headers, summary: { codes, operations, callerId } };
  };
}

/** @throws HttpError 406. */
function chooseMediaType(headers: Readonly<IncomingHttpHeaders>): MediaType {
  const mediaType = negotiate(headers.accept);
  if (mediaType === null) {
    throw new HttpError(406, 'BAD_REQUEST', 'Accept application/json or application/graphql-response+json.');
  }
  return mediaType;
}

/** @throws HttpError 415. */
function checkContentType(headers: Readonly<IncomingHttpHeaders>): void {
  if (!isJson(headers)) {
    throw new HttpError(415, 'BAD_REQUEST', 'Send the request as Content-Type: application/json.');
  }
}

/** Reads what a POST request asks, and how large it is, in bytes. */
function readBody(request: HttpRequest, body: string): { params: unknown; bytes: number } {
  return { params: parseBody(body), bytes: request.headBytes + body.length };
}

/** @throws HttpError that repeats nothing of a body that is not JSON. */
function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new HttpError(400, 'BAD_REQUEST', 'The body is not JSON. Send a JSON object with a query string.');
  }
}

function listOf(outcomes: Outcome | readonly Outcome[]): readonly Outcome[] {
  return 'result' in outcomes ? [outcomes] : outcomes;
}

/** The size of the texts of the operations that a request names by hash. */
function storedBytes(outcomes: Outcome | readonly Outcome[]): number {
  return listOf(outcomes).reduce((bytes, { storedLength }) => bytes + storedLength, 0);
}
