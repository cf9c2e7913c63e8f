import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../lib/clock.ts';
import type { CallStats, RequestContext, RequestIdentity } from '../lib/request-context.ts';
import { createRequestContext } from '../lib/request-context.ts';
import type { Signal } from '../lib/signal.ts';
import { HttpError } from './http-error.ts';
import type { HttpRequest } from './http-message.ts';
import type { BodyLimits } from './read-body.ts';
import { readBody } from './read-body.ts';
import { readQuery } from './read-query.ts';
import type { RequestBudget } from './request-budget.ts';

/** What bounds a request. */
export interface RequestLimits {
  /** Milliseconds from the creation of a request's context to its deadline. */
  readonly requestTimeout: number;
  readonly bodies: BodyLimits;
  /** What requests hold from the arrival of their body until their response is sent. */
  readonly requestBudget: RequestBudget;
  readonly clock: Clock;
}

/** Seconds after which a client may retry when requests in progress hold too much: most take less. */
const RETRY_AFTER = 1;

/** A request that came by Node's HTTP server. */
export class NodeRequest implements HttpRequest {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #identity: RequestIdentity;
  readonly #limits: RequestLimits;
  #stats: CallStats | null = null;
  /** Bytes of the request budget that are released with the response. */
  #heldBytes = 0;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    identity: RequestIdentity,
    limits: RequestLimits,
  ) {
    this.#request = request;
    this.#response = response;
    this.#identity = identity;
    this.#limits = limits;
  }

  get method(): string {
    return this.#request.method ?? '';
  }

  get headers(): Readonly<IncomingHttpHeaders> {
    return this.#request.headers;
  }

  get rawHeaders(): readonly string[] {
    return this.#request.rawHeaders;
  }

  get headBytes(): number {
    const { method = '', url = '', rawHeaders } = this.#request;
    let bytes = method.length + url.length + '  HTTP/1.1\r\n\r\n'.length;
    for (const text of rawHeaders) bytes += text.length + 2;
    return bytes;
  }

  get isClosed(): boolean {
    return this.#response.destroyed;
  }

  /** What the request has cost upstream so far; null without a context. */
  get stats(): CallStats | null {
    return this.#stats;
  }

  createContext(): RequestContext {
    const { requestTimeout, clock } = this.#limits;
    const { requestId, trace } = this.#identity;
    const { context, finish, cancel } = createRequestContext(requestId, requestTimeout, clock, trace);
    const response = this.#response;
    response.on('close', () => {
      this.#limits.requestBudget.release(this.#heldBytes);
      if (response.writableFinished) finish();
      else cancel();
    });
    this.#stats = context.stats;
    return context;
  }

  readQuery(): ReadonlyMap<string, string> {
    const parameters = readQuery(this.#request.url ?? '');
    this.#hold(Buffer.from([...parameters.values()].join('')));
    return parameters;
  }

  readBody(signal: Signal): Promise<string> {
    return readBody(this.#request, this.#limits.bodies, signal, body => this.#textOf(body));
  }

  #textOf(body: Buffer): string {
    // Before there is a text of it on the heap.
    this.#hold(body);
    if (!isUtf8(body)) throw new HttpError(400, 'BAD_REQUEST', 'The body is not UTF-8. Encode it as UTF-8.');
    return body.toString('utf8');
  }

  #hold(body: Buffer): void {
    // Its client has disconnected: nothing would release the bytes.
    if (this.#response.closed) return;
    const bytes = this.#limits.requestBudget.takeFor(body);
    if (bytes === null) throw tooMany();
    this.#heldBytes = bytes;
  }
}

function tooMany(): HttpError {
  return new HttpError(
    503,
    'OVERLOADED',
    `The requests in progress hold too much memory. Send it again after ${RETRY_AFTER} s.`,
    { retryAfter: RETRY_AFTER },
  );
}
