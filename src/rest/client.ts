import type { Caller } from '../auth/caller.ts';
import { createCallerNames } from '../auth/caller.ts';
import type { Clock } from '../lib/clock.ts';
import type { RequestContext } from '../lib/request-context.ts';
import type { Signal } from '../lib/signal.ts';
import type { Verdict } from '../luminus/classify-response.ts';
import { judge, judgeError, timedOut } from '../luminus/classify-response.ts';
import { Drift } from '../luminus/contract-drift.ts';
import type { ZoomMeeting } from '../luminus/meeting.ts';
import type { MeetingId } from '../luminus/meeting-id.ts';
import type { Log } from '../observability/log.ts';
import type { AttemptEnd, BreakerOptions } from './circuit-breaker.ts';
import { Breaker } from './circuit-breaker.ts';
import type { BulkheadOptions } from './concurrency-limiter.ts';
import { Bulkhead } from './concurrency-limiter.ts';
import { Connections } from './connections.ts';
import type { SharedCall } from './deduplicator.ts';
import { SharedCalls } from './deduplicator.ts';
import type { RetryOptions } from './retry.ts';
import { RetryBudget, retryDelay } from './retry.ts';
import { exchange, STALE_CONNECTION, TIMED_OUT } from './transport.ts';

/** The way to the one operation of the upstream. */
export interface Upstream {
  /**
   * Syncs a meeting and returns it: shared with who asks the same on the same credentials, within the limits of the
   * process, tried once more where that can help, and cut off when nobody waits any more.
   * @throws Failure with the code a client may see, or the reason of the context's signal.
   */
  sync(id: MeetingId, caller: Caller, context: RequestContext): Promise<ZoomMeeting>;
  /** Closes the connections, once what runs has ended, and logs how the upstream differed from its documentation. */
  close(): Promise<void>;
}

/** Settings of the way to the upstream; times in milliseconds, sizes in bytes. */
export interface UpstreamOptions {
  /** Origin, and path prefix if any, of the API. */
  readonly url: URL;
  /** Offset from UTC, in minutes, of date-times that carry none. */
  readonly offsetMinutes: number;
  readonly attemptTimeout: number;
  readonly connectTimeout: number;
  /** Largest answer, counted after inflation. */
  readonly maxAnswerBytes: number;
  readonly bulkhead: BulkheadOptions;
  readonly retry: RetryOptions;
  readonly breaker: BreakerOptions;
  readonly clock: Clock;
  /** A number from 0 up to 1, for the delay before a second attempt. */
  readonly random: () => number;
  readonly log: Log;
}

/**
 * A call that waited in the queue is started only with more than so many milliseconds left: no answer comes that fast,
 * and requests that came in one burst reach their deadlines within about as long.
 */
const LEAST_TIME_LEFT = 10;

/** Makes the client of the upstream: one for the whole process. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { url, attemptTimeout, connectTimeout, maxAnswerBytes, clock, log } = options;
  const connections = new Connections(url.origin, connectTimeout);
  const prefix = url.pathname.replace(/\/+$/, '');
  const drift = new Drift(log);
  const decoding = { offsetMinutes: options.offsetMinutes, drift };
  const bulkhead = new Bulkhead(options.bulkhead, clock);
  const breaker = new Breaker(options.breaker, clock, log);
  const nameOf = createCallerNames();
  const budget = new RetryBudget(options.retry, clock);
  const calls = new SharedCalls({ run, overloaded: () => bulkhead.overloaded() });

  async function run(call: SharedCall): Promise<ZoomMeeting> {
    budget.earn();
    const first = await attempt(call);
    if ('meeting' in first) return first.meeting;
    const delay = retryDelay(options.retry, first.failure.extensions.retryAfter, options.random());
    const fits = clock.now() + delay < call.deadline();
    if (!first.retry || !fits || !budget.take()) throw first.failure;
    call.phase = 'before its retry';
    await pause(clock, delay, call.signal);
    call.starter.stats.retries += 1;
    const second = await attempt(call);
    if ('meeting' in second) return second.meeting;
    throw second.failure;
  }

  async function attempt(call: SharedCall): Promise<Verdict> {
    call.phase = 'queued';
    breaker.check();
    const entered = bulkhead.enter(call.caller.key, call.signal);
    const leave = entered instanceof Promise ? await entered : entered;
    try {
      // A busy process may come to this before the timer that ends the request.
      const least = entered instanceof Promise ? LEAST_TIME_LEFT : 0;
      if (call.deadline() - clock.now() <= least) throw bulkhead.overloaded();
      // It may have opened while the call was waiting.
      const report = breaker.admit(nameOf(call.caller));
      let end: AttemptEnd = 'aborted';
      try {
        const verdict = await send(call);
        end = 'meeting' in verdict || !verdict.outage ? 'succeeded' : 'failed';
        return verdict;
      } finally {
        report(end);
      }
    } finally {
      leave();
    }
  }

  function send(
    call: SharedCall,
    connection = connections.take(),
    until = clock.now() + attemptTimeout,
  ): Promise<Verdict> {
    const { id, caller, starter, signal } = call;
    call.phase = 'on the wire';
    starter.stats.calls += 1;
    return exchange(connection, clock, {
      path: `${prefix}/zoom/Meeting/${id}/Sync`,
      headers: headersFor(caller, starter.requestId),
      signal,
      timeout: until - clock.now(),
      connectTimeout,
      maxBytes: maxAnswerBytes,
    }).then(
      answer => {
        connections.giveBack(connection);
        return told(judge(answer, { ...decoding, asked: id, keyFrom: caller.keyFrom }), starter);
      },
      (error: unknown) => {
        connections.discard(connection);
        if (signal.aborted) throw signal.reason;
        // A new connection cannot be stale: it is sent once more, and no more.
        if (error === STALE_CONNECTION) return send(call, connections.takeNew(), until);
        return told(error === TIMED_OUT ? timedOut() : judgeError(error), starter);
      },
    );
  }

  function told(verdict: Verdict, { requestId }: RequestContext): Verdict {
    if ('meeting' in verdict) return verdict;
    const { code, cause } = verdict.failure;
    const { setting } = verdict;
    if (setting === null) log.warn({ requestId, code, cause }, 'upstream call failed');
    else log.error({ requestId, code, setting, cause }, 'upstream call failed');
    return verdict;
  }

  return {
    sync(id, caller, context) {
      log.debug({ requestId: context.requestId }, 'sync');
      return calls.join(id, caller, context);
    },
    async close() {
      await connections.close();
      if (drift.counts().size > 0)
        log.info({ drift: Object.fromEntries(drift.counts()) }, 'upstream differences seen');
    },
  };
}

/** All that goes out: nothing else of what a caller sends reaches the upstream. */
function headersFor(caller: Caller, requestId: string): Record<string, string> {
  return {
    accept: 'application/json',
    'ocp-apim-subscription-key': caller.subscriptionKey,
    'x-request-id': requestId,
    ...(caller.authorization === null ? {} : { authorization: caller.authorization }),
  };
}

function pause(clock: Clock, milliseconds: number, signal: Signal): Promise<void> {
  return new Promise((resolve, reject) => {
    const callOff = clock.after(milliseconds, () => {
      signal.offAbort(onAbort);
      resolve();
    });
    const onAbort = (): void => {
      callOff();
      reject(signal.reason);
    };
    signal.onAbort(onAbort);
  });
}
