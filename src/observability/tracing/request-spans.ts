import type { TraceContext } from '../../lib/trace-context.ts';
import { createSpanId } from '../../lib/trace-context.ts';
import { knownMethod } from '../http-methods.ts';
import type { AttemptEvent, Events, OperationSummary, Subscriber } from '../observer.ts';
import type { Attributes, Span } from './span.ts';

/** What the spans of requests are made with. */
export interface RequestSpansOptions {
  readonly record: (span: Span) => void;
  /** Where calls go upstream. */
  readonly upstream: URL;
  /** Whether the names of operations are the gateway's own, and not chosen by clients. */
  readonly namesOperations: boolean;
  /** The routes whose requests are not traced. */
  readonly untraced: ReadonlySet<string>;
}

/** A trace whose spans are recorded. They are made once the request was answered: until then nothing waits on them. */
export class RecordedTrace implements TraceContext {
  readonly sampled = true;
  readonly traceId: string;
  readonly parentId: string | null;
  readonly state: string | null;
  /** The id of the span of the request itself. */
  readonly spanId = createSpanId();
  /** The span that attempts belong to; null until the request was answered. */
  parentOfAttempts: string | null = null;
  /** The attempts that ended before that. */
  readonly attempts: AttemptSpan[] = [];
  /** What makes a time since 1970 of one by `performance.now()`: one for all spans, so that they fit each other. */
  readonly #origin = Date.now() - performance.now();

  constructor({ traceId, parentId, state }: TraceContext) {
    this.traceId = traceId;
    this.parentId = parentId;
    this.state = state;
  }

  /** @param time by `performance.now()`. */
  toEpoch(time: number): number {
    return this.#origin + time;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.toEpoch(performance.now());
  }
}

/** A span of an attempt that does not know its parent yet. */
type AttemptSpan = Omit<Span, 'parentId'>;

/** Most different error codes in a span. */
const MAX_CODES = 10;

/**
 * Makes spans of the requests whose trace is recorded: one for the request, one for each of its operations, and one
 * for each attempt at an upstream call.
 */
export function createRequestSpans(options: RequestSpansOptions): Subscriber {
  const { record, upstream, namesOperations, untraced } = options;
  const upstreamAttributes = {
    'http.request.method': 'GET',
    'server.address': upstream.hostname,
    'server.port': Number(upstream.port) || (upstream.protocol === 'https:' ? 443 : 80),
  };

  const recordOperation = (trace: RecordedTrace, operation: OperationSummary): string => {
    const { type, outcome, startedAt, endedAt } = operation;
    const name = namesOperations ? operation.name : null;
    const spanId = createSpanId();
    record({
      trace,
      spanId,
      parentId: trace.spanId,
      name: type === null ? 'GraphQL Operation' : name === null ? type : `${type} ${name}`,
      kind: 'internal',
      startedAt: trace.toEpoch(startedAt),
      endedAt: trace.toEpoch(endedAt),
      attributes: {
        ...(type === null ? {} : { 'graphql.operation.type': type }),
        ...(name === null ? {} : { 'graphql.operation.name': name }),
        ...(outcome === null ? {} : { 'gateway.operation.outcome': outcome }),
      },
      isError: outcome === 'failed',
    });
    return spanId;
  };

  const recordAttempt = (event: AttemptEvent, error: string | null, status: number | null): void => {
    const { trace, operation, retry, queuedMs, durationMs, isShared, spanId } = event;
    if (!(trace instanceof RecordedTrace)) return;
    const endedAt = trace.now();
    const span: AttemptSpan = {
      trace,
      spanId: spanId ?? createSpanId(),
      name: `GET ${operation}`,
      kind: 'client',
      startedAt: endedAt - durationMs,
      endedAt,
      attributes: {
        ...upstreamAttributes,
        ...(status === null ? {} : { 'http.response.status_code': status }),
        ...(retry === 0 ? {} : { 'http.request.resend_count': retry }),
        ...(error === null ? {} : { 'error.type': error }),
        'gateway.retry': retry,
        'gateway.queue_time_ms': queuedMs,
        'gateway.shared': isShared,
      },
      isError: error !== null,
    };
    // A call that others share may end after the request that has started it.
    if (trace.parentOfAttempts === null) trace.attempts.push(span);
    else record({ ...span, parentId: trace.parentOfAttempts });
  };

  return {
    requestFinished(event) {
      const { trace, route, operations, durationMs } = event;
      if (!(trace instanceof RecordedTrace) || (route !== null && untraced.has(route))) return;
      const endedAt = trace.now();
      const operationIds = operations.map(operation => recordOperation(trace, operation));
      // The operations of a batch share their calls: only of a single one it is certain that a call is its own.
      const [only] = operationIds;
      trace.parentOfAttempts = only !== undefined && operationIds.length === 1 ? only : trace.spanId;
      for (const attempt of trace.attempts) record({ ...attempt, parentId: trace.parentOfAttempts });
      trace.attempts.length = 0;
      const method = knownMethod(event.method);
      record({
        trace,
        spanId: trace.spanId,
        parentId: trace.parentId,
        name: [method ?? 'HTTP', route].filter(part => part !== null).join(' '),
        kind: 'server',
        startedAt: endedAt - durationMs,
        endedAt,
        attributes: requestAttributes(event, method),
        isError: event.status >= 500,
      });
    },
    attemptFinished(event) {
      recordAttempt(event, event.failure?.code ?? null, event.status);
    },
    attemptAborted(event) {
      recordAttempt(event, 'aborted', null);
    },
  };
}

function requestAttributes(event: Events['requestFinished'], method: string | null): Attributes {
  const { route, status, codes, stats } = event;
  return {
    'http.request.method': method ?? '_OTHER',
    ...(route === null ? {} : { 'http.route': route }),
    'http.response.status_code': status,
    ...(status >= 500 ? { 'error.type': String(status) } : {}),
    ...(codes.length === 0 ? {} : { 'gateway.error.codes': [...new Set(codes)].slice(0, MAX_CODES) }),
    ...(stats === null
      ? {}
      : {
          'gateway.upstream.calls': stats.calls,
          'gateway.upstream.retries': stats.retries,
          'gateway.upstream.deduplicated': stats.deduplicated,
        }),
  };
}
