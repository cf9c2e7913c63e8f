import type { Caller } from '../auth/caller.ts';
import type { Clock } from '../lib/clock.ts';
import type { RequestContext } from '../lib/request-context.ts';
import type { Observer } from '../observability/observer.ts';
import type { Api, Outcome } from './api.ts';
import type { Connection, Connections } from './connections.ts';
import type { Operation } from './operation.ts';
import { STALE_CONNECTION, sendRequest } from './transport.ts';

/** A call as it is sent. */
export interface Call<Input, Output> {
  readonly operation: Operation<Input, Output>;
  readonly input: Input;
  readonly caller: Caller;
  readonly context: RequestContext;
}

/** Settings of a sender; times in milliseconds. */
export interface SenderOptions {
  readonly api: Api;
  /** How long one attempt may take, connecting included. */
  readonly attemptTimeout: number;
  readonly connectTimeout: number;
  /** Largest response in bytes, counted as it arrives and after decompression. */
  readonly maxResponseBytes: number;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Called with the caller of each call that brought a value: the API has accepted its credentials. */
  readonly onValue?: (caller: Caller) => void;
}

/** Sends a call once, and tells what it came to. Rejects with the reason of the context's signal when that aborts. */
export type Send = <Input, Output>(call: Call<Input, Output>) => Promise<Outcome<Output>>;

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
    call: Call<Input, Output>,
    startedAt: number,
  ): Promise<Outcome<Output>> {
    const { operation, input, caller, context } = call;
    const { signal } = context;
    context.stats.calls += 1;
    return sendRequest(connection, clock, {
      path: prefix + operation.path(input),
      headers: api.headersFor(caller.credentials, context.requestId),
      signal,
      timeout: startedAt + attemptTimeout - clock.now(),
      connectTimeout,
      maxBytes,
    }).then(
      response => {
        connections.release(connection);
        const decode = (json: unknown) => operation.decode(json, input);
        return finish(
          call,
          startedAt,
          api.classifyResponse(response, { keyFrom: caller.credentials.keyFrom, decode }),
        );
      },
      (error: unknown) => {
        connections.destroy(connection);
        if (signal.aborted) throw signal.reason;
        // A new connection cannot be stale: the call is resent once, and no more.
        if (error === STALE_CONNECTION) return sendOn(connections.acquireNew(), call, startedAt);
        return finish(call, startedAt, api.classifyError(error));
      },
    );
  }

  function finish<Input, Output>(
    { operation, caller, context }: Call<Input, Output>,
    startedAt: number,
    outcome: Outcome<Output>,
  ): Outcome<Output> {
    if ('value' in outcome) onValue?.(caller);
    observer.attemptFinished({
      requestId: context.requestId,
      operation: operation.name,
      durationMs: clock.now() - startedAt,
      failure:
        'value' in outcome
          ? null
          : { code: outcome.failure.code, setting: outcome.setting, cause: outcome.failure.cause },
    });
    return outcome;
  }

  return call => sendOn(connections.acquire(), call, clock.now());
}
