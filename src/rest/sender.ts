import type { Caller } from '../auth/caller.ts';
import type { Clock } from '../lib/clock.ts';
import { createSpanId, traceHeaders } from '../lib/trace-context.ts';
import type { AttemptEvent, Observer } from '../observability/observer.ts';
import type { Api, Outcome } from './api.ts';
import type { Connection, Connections } from './connections.ts';
import type { CallContext } from './deduplicator.ts';
import type { Operation } from './operation.ts';
import { STALE_CONNECTION, sendRequest } from './transport.ts';

/** One attempt at a call. */
export interface Call<Input, Output> {
  readonly operation: Operation<Input, Output>;
  readonly input: Input;
  readonly caller: Caller;
  readonly context: CallContext;
  /** 0 for the first attempt, 1 for the retry. */
  readonly retry: number;
  /** Milliseconds it was queued. */
  readonly queuedMs: number;
}

/** Settings of a sender; times in milliseconds. */
export interface SenderOptions {
  readonly api: Api;
  /** How long one attempt may take, connecting included. */
  readonly attemptTimeout: number;
  readonly connectTimeout: number;
  /** Largest response in bytes, counted as it arrives and after decompression. */
  readonly maxResponseBytes: number;
  /** Whether the trace context of the request goes with its calls. */
  readonly sendsTraceContext: boolean;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Called with the caller of each call that brought a value: the API has accepted its credentials. */
  readonly onValue?: (caller: Caller) => void;
}

/** Sends a call once, and tells what it came to. Rejects with the reason of the context's signal when that aborts. */
export type Send = <Input, Output>(call: Call<Input, Output>) => Promise<Outcome<Output>>;

/** A call that is being sent. */
interface Sending<Input, Output> {
  readonly call: Call<Input, Output>;
  readonly startedAt: number;
  /** The id of its span that goes upstream; null where trace contexts do not. */
  readonly spanId: string | null;
}

/** Makes what sends calls. */
export function createSender(options: SenderOptions, connections: Connections): Send {
  const {
    api,
    attemptTimeout,
    connectTimeout,
    maxResponseBytes: maxBytes,
    clock,
    observer,
    onValue,
  } = options;
  const prefix = api.baseUrl.pathname.replace(/\/+$/, '');

  function sendOn<Input, Output>(
    connection: Connection,
    sending: Sending<Input, Output>,
  ): Promise<Outcome<Output>> {
    const { call, startedAt, spanId } = sending;
    const { operation, input, caller, context } = call;
    const { signal } = context;
    context.stats.calls += 1;
    const headers = api.headersFor(caller.credentials, context.requestId);
    if (spanId !== null) Object.assign(headers, traceHeaders(context.trace, spanId));
    return sendRequest(connection, clock, {
      path: prefix + operation.path(input),
      headers,
      signal,
      timeout: startedAt + attemptTimeout - clock.now(),
      connectTimeout,
      maxBytes,
    }).then(
      response => {
        connections.release(connection);
        const decode = (json: unknown) => operation.decode(json, input);
        const { keyFrom } = caller.credentials;
        return finish(sending, response.status, api.classifyResponse(response, { keyFrom, decode }));
      },
      (error: unknown) => {
        connections.destroy(connection);
        if (signal.aborted) {
          observer.attemptAborted(eventOf(sending));
          throw signal.reason;
        }
        // A new connection cannot be stale: the call is resent once, and no more.
        if (error === STALE_CONNECTION) return sendOn(connections.acquireNew(), sending);
        return finish(sending, null, api.classifyError(error));
      },
    );
  }

  function finish<Input, Output>(
    sending: Sending<Input, Output>,
    status: number | null,
    outcome: Outcome<Output>,
  ): Outcome<Output> {
    if ('value' in outcome) onValue?.(sending.call.caller);
    observer.attemptFinished({
      ...eventOf(sending),
      status,
      failure:
        'value' in outcome
          ? null
          : { code: outcome.failure.code, setting: outcome.setting, cause: outcome.failure.cause },
    });
    return outcome;
  }

  function eventOf({ call, startedAt, spanId }: Sending<unknown, unknown>): AttemptEvent {
    const { operation, context, retry, queuedMs } = call;
    const { requestId, trace, isShared } = context;
    const durationMs = clock.now() - startedAt;
    return { requestId, trace, operation: operation.name, retry, queuedMs, durationMs, isShared, spanId };
  }

  return call => {
    if (call.retry > 0) call.context.stats.retries += 1;
    const spanId = options.sendsTraceContext ? createSpanId() : null;
    return sendOn(connections.acquire(), { call, startedAt: clock.now(), spanId });
  };
}
