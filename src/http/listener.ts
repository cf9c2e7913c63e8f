import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { GraphQLParams } from 'graphql-yoga';
import { createMeetingLoader } from '../loader/meeting-loader.ts';
import type { Log } from '../model/log.ts';
import type { Upstream } from '../upstream/client.ts';
import type { Clock } from '../upstream/clock.ts';
import { openScope } from '../upstream/scope.ts';
import { readBody } from './body.ts';
import type { CredentialRules } from './credentials.ts';
import { readCaller } from './credentials.ts';
import type { GraphiQLPage } from './graphiql.ts';
import type { Pipeline } from './pipeline.ts';
import { Refusal } from './refusal.ts';
import { requestIdFrom } from './request-id.ts';
import type { Sent } from './respond.ts';
import { negotiate, sendError, sendJson, sendResult } from './respond.ts';

/** Where GraphQL is served. */
export const GRAPHQL_PATH = '/graphql';

/** Where the process says that it lives. */
export const HEALTH_PATH = '/health';

/** What a listener is made of. */
export interface ListenerOptions {
  readonly pipeline: Pipeline;
  readonly upstream: Upstream;
  readonly credentials: CredentialRules;
  /** The page for browsers, or null where GraphiQL is off. */
  readonly graphiql: GraphiQLPage | null;
  /** Milliseconds a request may take. */
  readonly requestTimeout: number;
  readonly clock: Clock;
  readonly maxBodyBytes: number;
  readonly log: Log;
}

/** Makes the HTTP side of the gateway: every request comes in and goes out here. */
export function createListener(options: ListenerOptions): RequestListener {
  const { log } = options;
  return (request, response) => {
    const started = performance.now();
    const requestId = requestIdFrom(request.headers['x-request-id']);
    response.setHeader('X-Request-Id', requestId);
    route(request, response, requestId, options)
      .catch((error: unknown) => sendError(response, error, requestId, log))
      .then(
        sent => log.info({ requestId, ...sent, ms: Math.round(performance.now() - started) }, 'request'),
        (error: unknown) => {
          log.error({ requestId, err: error }, 'could not answer');
          response.destroy();
        },
      );
  };
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  options: ListenerOptions,
): Promise<Sent> {
  const [path] = (request.url ?? '').split('?', 1);
  if (path === HEALTH_PATH) {
    if (request.method !== 'GET') throw notAllowed('GET');
    sendJson(response, 200, '{"status":"ok"}');
    return { status: 200, codes: [] };
  }
  if (path !== GRAPHQL_PATH) {
    throw new Refusal(404, 'BAD_REQUEST', `There is nothing here. GraphQL is at ${GRAPHQL_PATH}.`);
  }
  if (request.method === 'POST') return await answerOperation(request, response, requestId, options);
  if (options.graphiql !== null && request.method === 'GET' && acceptsHtml(request)) {
    await options.graphiql(request, response);
    return { status: response.statusCode, codes: [] };
  }
  throw notAllowed('POST');
}

async function answerOperation(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  { pipeline, upstream, credentials, requestTimeout, clock, maxBodyBytes, log }: ListenerOptions,
): Promise<Sent> {
  const mediaType = negotiate(request.headers.accept);
  if (mediaType === null) {
    throw new Refusal(406, 'BAD_REQUEST', 'Accept application/json or application/graphql-response+json.');
  }
  if (!/^application\/json *(?:; *charset="?utf-?8"?)?$/i.test(request.headers['content-type'] ?? '')) {
    throw new Refusal(415, 'BAD_REQUEST', 'Send the request as Content-Type: application/json.');
  }
  const params = parseParams(await readBody(request, maxBodyBytes));
  const caller = readCaller(request.headersDistinct, credentials);

  const { scope, close } = openScope(requestId, requestTimeout, clock);
  response.once('close', close);
  const meetings = createMeetingLoader({ upstream, caller, scope });
  return sendResult(response, await pipeline(params, { requestId, meetings }), mediaType, requestId, log);
}

/** The shape of what was parsed is checked by Yoga; nothing of a text that is not JSON is repeated. */
function parseParams(body: string): GraphQLParams {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal(400, 'BAD_REQUEST', 'The body is not JSON. Send a JSON object with a query string.');
  }
}

function acceptsHtml(request: IncomingMessage): boolean {
  return /\btext\/html\b/i.test(request.headers.accept ?? '');
}

function notAllowed(allow: string): Refusal {
  return new Refusal(405, 'BAD_REQUEST', `Use ${allow} here.`, { Allow: allow });
}
