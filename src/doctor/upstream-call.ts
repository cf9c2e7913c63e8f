import type { Caller } from '../auth/caller.ts';
import type { Config } from '../config/settings.ts';
import { createOwnLimits } from '../gateway/limits.ts';
import { luminusOptions } from '../gateway/luminus-options.ts';
import type { Clock } from '../lib/clock.ts';
import { GatewayError } from '../lib/errors.ts';
import { createRequestContext } from '../lib/request-context.ts';
import { createLuminusApi } from '../luminus/api.ts';
import { ContractDrift } from '../luminus/contract-drift.ts';
import type { ZoomMeeting } from '../luminus/meeting.ts';
import type { MeetingId } from '../luminus/meeting-id.ts';
import { createSyncMeeting } from '../luminus/operations/sync-meeting.ts';
import { createObserver } from '../observability/create-observer.ts';
import type { Api, Rejection } from '../rest/api.ts';
import { createRestClient } from '../rest/client.ts';
import type { UpstreamResponse } from '../rest/transport.ts';
import { NO_LOG } from './no-log.ts';

/** Longest time a call may take, in milliseconds, whatever the settings allow. */
const MAX_CALL_TIME = 30_000;

/** What a call came to: a meeting, or the failure that clients of the gateway would see. */
export type UpstreamCall = CallRecord &
  ({ readonly meeting: ZoomMeeting; readonly failure: null } | FailedResult);

interface FailedResult {
  readonly meeting: null;
  readonly failure: GatewayError;
}

/** A call that brought no meeting. */
export type FailedCall = CallRecord & FailedResult;

interface CallRecord {
  /** The last response; null where none came. */
  readonly response: UpstreamResponse | null;
  /** What the last attempt was rejected with, if it was. */
  readonly rejection: Rejection | null;
  /** How many attempts were made. */
  readonly attempts: number;
  /** When it began and ended, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** How the response differs from the documentation: by `kind name`, how often. */
  readonly drift: ReadonlyMap<string, number>;
}

/** What a call is made with. */
export interface UpstreamCallOptions {
  readonly config: Config;
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly caller: Caller;
  readonly id: MeetingId;
  /** Leaves the subscription key out. */
  readonly withoutKey?: boolean;
}

/** Syncs a meeting as the gateway does, with its limits and its retry, and keeps what the gateway does not pass on. */
export async function callUpstream(options: UpstreamCallOptions): Promise<UpstreamCall> {
  const { config, clock, now, caller, id } = options;
  const observer = createObserver([], NO_LOG);
  const { url, offsetMinutes, ...clientOptions } = luminusOptions(config, {
    limits: createOwnLimits(config, clock, observer),
    callerLimiter: null,
    observer,
    clock,
    random: Math.random,
  });
  const api = createLuminusApi(url);
  let response: UpstreamResponse | null = null;
  let rejection: Rejection | null = null;
  const watched: Api = {
    ...api,
    headersFor(credentials, requestId) {
      const { 'ocp-apim-subscription-key': key = '', ...others } = api.headersFor(credentials, requestId);
      return options.withoutKey ? others : { ...others, 'ocp-apim-subscription-key': key };
    },
    classifyResponse(received, responseContext) {
      // As if the key were the gateway's: a refused key then differs from a refused token by the setting to correct.
      const outcome = api.classifyResponse(received, { ...responseContext, keyFrom: 'gateway' });
      response = received;
      rejection = 'value' in outcome ? null : outcome;
      return outcome;
    },
    classifyError(error) {
      response = null;
      rejection = api.classifyError(error);
      return rejection;
    },
  };
  const client = createRestClient({ ...clientOptions, api: watched });
  const drift = new ContractDrift(observer);
  const syncMeeting = createSyncMeeting({ offsetMinutes, drift });
  const timeout = Math.min(config.REQUEST_TIMEOUT_MS, MAX_CALL_TIME);
  const { context, finish } = createRequestContext(crypto.randomUUID(), timeout, clock);
  const startedAt = now();
  try {
    const result = await client.call(syncMeeting, id, caller, context).then(
      meeting => ({ meeting, failure: null }),
      (error: unknown) => {
        if (error instanceof GatewayError) return { meeting: null, failure: error };
        throw error;
      },
    );
    const { calls: attempts } = context.stats;
    return { ...result, response, rejection, attempts, startedAt, endedAt: now(), drift: drift.counts() };
  } finally {
    finish();
    await client.close();
  }
}
