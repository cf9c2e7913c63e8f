import type { Caller } from '../auth/caller.ts';
import type { RequestContext } from '../lib/request-context.ts';
import type { RestClientOptions } from '../rest/client.ts';
import { createRestClient } from '../rest/client.ts';
import type { CallerLimiter } from '../rest/limits.ts';
import { AcceptedCallers } from './accepted-callers.ts';
import { createLuminusApi } from './api.ts';
import { ContractDrift } from './contract-drift.ts';
import type { MeetingLoader } from './meeting-loader.ts';
import { createMeetingLoader } from './meeting-loader.ts';
import { createSyncMeeting } from './operations/sync-meeting.ts';

/** What the gateway serves of LumiNUS. */
export interface Luminus {
  /** Makes the loader of one request, which it must not outlive: what it has loaded belongs to its caller. */
  readonly createMeetingLoader: (
    caller: Caller,
    context: RequestContext,
    started: Promise<void> | null,
  ) => MeetingLoader;
  /** Tells whether the API has accepted a caller's credentials lately. */
  readonly isAccepted: (caller: Caller) => boolean;
  /** How the API has differed from its documentation so far. */
  readonly drift: ContractDrift;
  /** Closes the connections, once the calls in flight have ended. */
  close(): Promise<void>;
}

/** Settings of the API, and of the client that calls it. */
export interface LuminusOptions extends Omit<RestClientOptions, 'api' | 'onValue'> {
  /** Origin, and path prefix if any, of the API. */
  readonly url: URL;
  /** Offset from UTC, in minutes, of date-times that carry none. */
  readonly offsetMinutes: number;
  /** Most distinct meetings one request may load. */
  readonly maxMeetings: number;
  /** Bounds how many meetings a caller may ask for over time; null for no limit. */
  readonly callerLimiter: CallerLimiter | null;
}

/** Connects the API's operations with the client that calls them: one for the whole process. */
export function createLuminus({
  url,
  offsetMinutes,
  maxMeetings,
  callerLimiter,
  ...options
}: LuminusOptions): Luminus {
  const accepted = new AcceptedCallers();
  const client = createRestClient({
    ...options,
    api: createLuminusApi(url),
    onValue: ({ id }) => accepted.add(id),
  });
  const drift = new ContractDrift(options.observer);
  const syncMeeting = createSyncMeeting({ offsetMinutes, drift });
  return {
    createMeetingLoader: (caller, context, started) =>
      createMeetingLoader({ client, syncMeeting, caller, context, started, maxMeetings, callerLimiter }),
    isAccepted: ({ id }) => accepted.has(id),
    drift,
    close: () => client.close(),
  };
}
