import type { Caller } from '../auth/caller.ts';
import { GatewayError } from '../lib/errors.ts';
import type { RequestContext } from '../lib/request-context.ts';
import { createAttempts } from './attempt.ts';
import { Connections } from './connections.ts';
import { Deduplicator } from './deduplicator.ts';
import type { Limits } from './limits.ts';
import type { Operation } from './operation.ts';
import type { RetryDelayOptions } from './retry.ts';
import { createRetries } from './retry.ts';
import type { SenderOptions } from './sender.ts';
import { createSender } from './sender.ts';

/** Makes the calls of one REST API. */
export interface RestClient {
  /**
   * Calls an operation: one call for all who ask the same on the same credentials at a time, within the limits, retried
   * once where that can help, and aborted when nobody waits any more.
   * @throws GatewayError with the code a client may see, or the reason of the context's signal.
   */
  call<Input, Output>(
    operation: Operation<Input, Output>,
    input: Input,
    caller: Caller,
    context: RequestContext,
  ): Promise<Output>;
  /** Closes the connections, once the calls in flight have ended. */
  close(): Promise<void>;
}

/** Settings of a client; times in milliseconds. */
export interface RestClientOptions extends SenderOptions {
  readonly limits: Limits;
  readonly retryDelay: RetryDelayOptions;
  /** A number from 0 up to 1, for the delay before a retry. */
  readonly random: () => number;
}

/** Makes the client of an API: one for the whole process. A call goes through what is made here, from top to bottom. */
export function createRestClient(options: RestClientOptions): RestClient {
  const { api, limits, clock, random, observer } = options;
  const { limiter, holds, retryBudget: budget } = limits;
  const deduplicator = new Deduplicator((call, reason) => {
    if (!(reason instanceof GatewayError)) return reason;
    // A deadline that passes while the call is still queued is no fault of the upstream.
    return limiter.isQueued(call) ? limiter.overloaded() : (holds.failureOf(call) ?? reason);
  });
  const runWithRetry = createRetries({ ...options.retryDelay, budget, clock, random });
  const runAttempt = createAttempts(limits, clock);
  const connections = new Connections(api.baseUrl.origin, options.connectTimeout);
  const send = createSender(options, connections);

  return {
    call(operation, input, caller, context) {
      observer.callRequested({
        requestId: context.requestId,
        trace: context.trace,
        operation: operation.name,
      });
      const key = `${operation.name} ${operation.key(input)}`;
      return deduplicator.run(caller.key, key, context, shared =>
        runWithRetry(shared, retry =>
          runAttempt(caller, shared, queuedMs =>
            send({ operation, input, caller, context: shared, retry, queuedMs }),
          ),
        ),
      );
    },
    close: () => connections.close(),
  };
}
