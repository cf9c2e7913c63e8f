import type { Sandbox } from '../../sandbox/server.ts';
import { SANDBOX_KEY } from '../../sandbox/server.ts';
import type { Caller } from '../../src/auth/caller.ts';
import { createCallerIdentifier } from '../../src/auth/caller.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { RequestContext } from '../../src/lib/request-context.ts';
import { parseUuid } from '../../src/lib/uuid.ts';
import { createLuminusApi } from '../../src/luminus/api.ts';
import { ContractDrift } from '../../src/luminus/contract-drift.ts';
import type { DecodeOptions } from '../../src/luminus/decode.ts';
import type { ZoomMeeting } from '../../src/luminus/meeting.ts';
import type { MeetingId } from '../../src/luminus/meeting-id.ts';
import type { SyncMeeting } from '../../src/luminus/operations/sync-meeting.ts';
import { createSyncMeeting } from '../../src/luminus/operations/sync-meeting.ts';
import { createObserver } from '../../src/observability/create-observer.ts';
import type { Log } from '../../src/observability/log.ts';
import { createLogSubscriber } from '../../src/observability/log-subscriber.ts';
import type { Observer, Subscriber } from '../../src/observability/observer.ts';
import type { RestClient } from '../../src/rest/client.ts';
import { createRestClient } from '../../src/rest/client.ts';
import type { HoldsOptions } from '../../src/rest/hold.ts';
import { HOLD_NAMES } from '../../src/rest/hold.ts';
import { InProcessHolds } from '../../src/rest/holds.ts';
import type { LimitsOptions } from '../../src/rest/in-process-limits.ts';
import { createInProcessLimits } from '../../src/rest/in-process-limits.ts';
import type { Limits, Pace } from '../../src/rest/limits.ts';
import type { RetryDelayOptions } from '../../src/rest/retry.ts';
import { createMemoryLog } from './log.ts';

/** What differs from the client of production. */
export interface UpstreamOptions {
  readonly url?: URL;
  readonly limiter?: Partial<LimitsOptions['limiter']>;
  readonly breaker?: Partial<LimitsOptions['breaker']>;
  /** Null where nothing is held. */
  readonly holds?: Partial<HoldsOptions> | null;
  readonly pace?: Pace | null;
  readonly retry?: Partial<RetryDelayOptions & LimitsOptions['retryBudget']>;
  /** Limits in place of those of one process. */
  readonly limits?: (observer: Observer) => Limits;
  readonly attemptTimeout?: number;
  readonly sendsTraceContext?: boolean;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly log?: Log;
  readonly subscriber?: Subscriber;
}

/** A client of an upstream, and what its operations need. */
export interface Upstream extends AsyncDisposable {
  readonly client: RestClient;
  readonly decoding: DecodeOptions;
  readonly syncMeeting: SyncMeeting;
  /** Calls the operation of meetings. */
  sync(id: MeetingId, caller: Caller, context: RequestContext): Promise<ZoomMeeting>;
  close(): Promise<void>;
}

/** A client of a sandbox, with the limits of production and the given ones instead. */
export function openUpstream(
  sandbox: Pick<Sandbox, 'url'>,
  {
    limiter,
    breaker,
    holds,
    pace = null,
    retry,
    limits,
    url = new URL(sandbox.url),
    clock = systemClock,
    log = createMemoryLog().log,
    subscriber = {},
    attemptTimeout = 8_000,
    sendsTraceContext = false,
    random = Math.random,
  }: UpstreamOptions = {},
): Upstream {
  const observer = createObserver([createLogSubscriber(log), subscriber], log);
  const limitsOptions = {
    limiter: { maxInFlight: 64, maxInFlightPerCaller: 16, maxQueued: 1_000, ...limiter },
    breaker: { ...BREAKER, ...breaker },
    retryBudget: { budget: 10, budgetPerCall: 0.1, budgetPerSecond: 1, ...retry },
  };
  const client = createRestClient({
    api: createLuminusApi(url),
    attemptTimeout,
    connectTimeout: 2_000,
    sendsTraceContext,
    maxResponseBytes: 256 * 1024,
    limits:
      limits?.(observer) ??
      createInProcessLimits(limitsOptions, clock, observer, {
        pace,
        holds: holds === null ? null : new InProcessHolds({ ...HOLDS, ...holds }, clock, observer),
      }),
    retryDelay: { minDelay: 100, maxDelay: 1_000, ...retry },
    clock,
    random,
    observer,
  });
  const decoding = { offsetMinutes: 480, drift: new ContractDrift(observer) };
  const syncMeeting = createSyncMeeting(decoding);
  return {
    client,
    decoding,
    syncMeeting,
    sync: (id, caller, context) => client.call(syncMeeting, id, caller, context),
    close: () => client.close(),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

const HOLDS = { nameOf: HOLD_NAMES.caller, maxHold: 60_000, maxWaiting: 1_000 };

const BREAKER = { enabled: true, failureRatio: 0.5, minAttempts: 20, window: 10_000, openFor: 5_000 };

const identify = createCallerIdentifier();

/** A caller with a key and token of its own. */
export function callerNamed(name: string): Caller {
  return identify({
    subscriptionKey: `${SANDBOX_KEY}-${name}`,
    keyFrom: 'caller',
    authorization: `Bearer ${name}`,
  });
}

/** The n-th of many ordinary meetings. */
export function meetingNumber(n: number): MeetingId {
  return idOf(`aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`);
}

/** An id, checked as the gateway does. */
export function idOf(text: string): MeetingId {
  const id = parseUuid(text);
  if (id === null) throw new Error(`not an id: ${text}`);
  return id;
}
