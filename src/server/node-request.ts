import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../lib/clock.ts';
import type { CallStats, RequestContext } from '../lib/request-context.ts';
import { createRequestContext } from '../lib/request-context.ts';
import type { Signal } from '../lib/signal.ts';
import type { HttpRequest } from './http-message.ts';
import type { BodyLimits } from './read-body.ts';
import { readBody } from './read-body.ts';

/** What bounds a request. */
export interface RequestLimits {
  /** Milliseconds from the creation of a request's context to its deadline. */
  readonly requestTimeout: number;
  readonly bodies: BodyLimits;
  readonly clock: Clock;
}

/** A request that came by Node's HTTP server. */
export class NodeRequest implements HttpRequest {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #requestId: string;
  readonly #limits: RequestLimits;
  #stats: CallStats | null = null;

  constructor(request: IncomingMessage, response: ServerResponse, requestId: string, limits: RequestLimits) {
    this.#request = request;
    this.#response = response;
    this.#requestId = requestId;
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
    const { context, finish, cancel } = createRequestContext(this.#requestId, requestTimeout, clock);
    const response = this.#response;
    response.on('close', () => (response.writableFinished ? finish() : cancel()));
    this.#stats = context.stats;
    return context;
  }

  readBody(signal: Signal): Promise<string> {
    return readBody(this.#request, this.#limits.bodies, signal);
  }
}
