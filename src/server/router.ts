import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { CredentialRules } from '../auth/credentials.ts';
import { readCaller } from '../auth/credentials.ts';
import { runBatch } from '../graphql/batch.ts';
import type { Pipeline } from '../graphql/execute.ts';
import type { PresentError } from '../graphql/format-error.ts';
import { withoutWords } from '../graphql/format-error.ts';
import type { Outcome } from '../graphql/response.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/errors.ts';
import { runOnNextTick } from '../lib/next-tick.ts';
import { createRequestContext } from '../lib/request-context.ts';
import type { Luminus } from '../luminus/luminus.ts';
import type { RequestRecord } from '../observability/access-log.ts';
import { createRequestLog, openRecord } from '../observability/access-log.ts';
import type { Log } from '../observability/log.ts';
import { ErrorBudget, errorAllowance } from '../schema/error-budget.ts';
import type { Cors } from './cors.ts';
import type { GraphiQLPage } from './graphiql/page.ts';
import { Refusal } from './http-error.ts';
import type { BodyLimits } from './read-body.ts';
import { readBody } from './read-body.ts';
import type { Reply, Sent } from './reply.ts';
import { negotiate, openReply, sendError, sendJson, sendResults } from './reply.ts';
import { requestIdFrom } from './request-id.ts';
import type { UnreadAnswers } from './unread-answers.ts';

/** Where GraphQL is served. */
export const GRAPHQL_PATH = '/graphql';

/** Where the process says that it lives. */
const HEALTH_PATH = '/health';

/** What is logged of a client that left before its answer; nginx has the same status. */
const CLIENT_LEFT: Sent = { status: 499, codes: [] };

/** What a listener is made of; times in milliseconds. */
export interface ListenerOptions {
  readonly pipeline: Pipeline;
  readonly createMeetingLoader: Luminus['createMeetingLoader'];
  readonly credentials: CredentialRules;
  readonly cors: Cors;
  readonly presentError: PresentError;
  /** The page for browsers, or null where GraphiQL is off. */
  readonly graphiql: GraphiQLPage | null;
  readonly requestTimeout: number;
  readonly clock: Clock;
  readonly bodies: BodyLimits;
  readonly unread: UnreadAnswers;
  /** Most operations in one HTTP request; 0 where batches are off. */
  readonly batchLimit: number;
  readonly log: Log;
}

/** Makes the HTTP side of the gateway: every request comes in and goes out here. */
export function createListener(options: ListenerOptions): RequestListener {
  const { cors, unread, log } = options;
  const logRequest = createRequestLog(log);
  const serve = (request: IncomingMessage, response: ServerResponse, started: number): void => {
    const record = openRecord(requestIdFrom(request.headers['x-request-id']), started);
    const reply = openReply(response, record.requestId, cors.headersFor(request), unread);
    answer(request, reply, record, options).then(
      sent => logRequest(record, sent),
      (error: unknown) => {
        log.error({ requestId: record.requestId, error: withoutWords(error) }, 'could not answer');
        response.destroy();
      },
    );
  };
  return (request, response) => {
    const started = performance.now();
    runOnNextTick(() => serve(request, response, started));
  };
}

async function answer(
  request: IncomingMessage,
  reply: Reply,
  record: RequestRecord,
  options: ListenerOptions,
): Promise<Sent> {
  // It left before its turn came: nothing is begun.
  if (request.destroyed) return CLIENT_LEFT;
  try {
    return await route(request, reply, record, options);
  } catch (error) {
    return sendError(reply, error, options.presentError);
  }
}

function route(
  request: IncomingMessage,
  reply: Reply,
  record: RequestRecord,
  options: ListenerOptions,
): Sent | Promise<Sent> {
  if (request.headers.host === undefined && request.httpVersion === '1.1') {
    throw new Refusal(400, 'BAD_REQUEST', 'The Host header is missing.');
  }
  const [path] = (request.url ?? '').split('?', 1);
  if (path === HEALTH_PATH) {
    if (request.method !== 'GET') throw notAllowed('GET');
    sendJson(reply, 200, '{"status":"ok"}');
    return { status: 200, codes: [] };
  }
  if (path !== GRAPHQL_PATH) {
    throw new Refusal(404, 'BAD_REQUEST', `There is nothing here. GraphQL is at ${GRAPHQL_PATH}.`);
  }
  if (request.method === 'POST') return answerOperations(request, reply, record, options);
  if (options.graphiql !== null && request.method === 'GET' && acceptsHtml(request)) {
    return options.graphiql(request, reply).then(() => ({ status: reply.response.statusCode, codes: [] }));
  }
  if (options.cors.isPreflight(request)) {
    options.cors.answerPreflight(reply);
    return { status: 204, codes: [] };
  }
  throw notAllowed('POST');
}

async function answerOperations(
  request: IncomingMessage,
  reply: Reply,
  record: RequestRecord,
  options: ListenerOptions,
): Promise<Sent> {
  const mediaType = negotiate(request.headers.accept);
  if (mediaType === null) {
    throw new Refusal(406, 'BAD_REQUEST', 'Accept application/json or application/graphql-response+json.');
  }
  if (!isJson(request))
    throw new Refusal(415, 'BAD_REQUEST', 'Send the request as Content-Type: application/json.');
  const { context, finish, cancel } = createRequestContext(
    record.requestId,
    options.requestTimeout,
    options.clock,
  );
  const { response } = reply;
  response.on('close', () => (response.writableFinished ? finish() : cancel()));
  record.tally = context.stats;

  const body = await readBody(request, options.bodies, context.signal);
  record.bytes = headBytes(request) + body.length;
  const params = parseBody(body);
  if (Array.isArray(params)) checkBatch(params, options.batchLimit);
  const read = readCaller(request.rawHeaders, options.credentials, context.signal);
  const caller = read instanceof Promise ? await read : read;
  record.caller = caller;
  const { pipeline } = options;
  // One loader for the whole request: a meeting that several operations of a batch name is synced once.
  const meetings = caller instanceof Failure ? caller : options.createMeetingLoader(caller, context);
  const allowance = errorAllowance();
  const run = async (operation: unknown): Promise<Outcome> => {
    const errors = new ErrorBudget(allowance);
    const result = await pipeline(operation, { record, meetings, errors });
    return { result, leftOut: errors.leftOut };
  };
  const outcomes = Array.isArray(params) ? await runBatch(params, run) : await run(params);
  // The client has left: there is nobody to tell, and nothing that went wrong here.
  if (response.destroyed) return CLIENT_LEFT;
  return sendResults(reply, outcomes, record.bytes, mediaType, options.presentError);
}

/** The size of a request's head, as it is written with the least blanks. */
function headBytes({ method = '', url = '', rawHeaders }: IncomingMessage): number {
  let bytes = method.length + url.length + '  HTTP/1.1\r\n\r\n'.length;
  for (const text of rawHeaders) bytes += text.length + 2;
  return bytes;
}

/** Nothing of a text that is not JSON is repeated. */
function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal(400, 'BAD_REQUEST', 'The body is not JSON. Send a JSON object with a query string.');
  }
}

function checkBatch(batch: readonly unknown[], limit: number): void {
  if (limit === 0) {
    throw new Refusal(400, 'BAD_REQUEST', 'Batches are off here. Send one operation in a request.');
  }
  if (batch.length === 0)
    throw new Refusal(400, 'BAD_REQUEST', 'The batch is empty. Send at least one operation.');
  if (batch.length > limit) {
    throw new Refusal(
      400,
      'LIMIT_EXCEEDED',
      `The batch has more than ${limit} operations. Send fewer in one request.`,
    );
  }
}

function isJson({ headers }: IncomingMessage): boolean {
  const type = /^application\/json *(?:; *charset="?utf-?8"?)?$/i.test(headers['content-type'] ?? '');
  return type && (headers['content-encoding'] ?? 'identity') === 'identity';
}

function acceptsHtml(request: IncomingMessage): boolean {
  return /\btext\/html\b/i.test(request.headers.accept ?? '');
}

function notAllowed(allow: string): Refusal {
  return new Refusal(405, 'BAD_REQUEST', `Use ${allow} here.`, { Allow: allow });
}
