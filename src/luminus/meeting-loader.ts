import DataLoader from 'dataloader';
import type { Caller } from '../auth/caller.ts';
import { GatewayError } from '../lib/errors.ts';
import type { RequestContext } from '../lib/request-context.ts';
import type { RestClient } from '../rest/client.ts';
import type { Allowance, CallerLimiter } from '../rest/limits.ts';
import { MAX_LIST_PARTS } from './field-kinds.ts';
import type { ZoomMeeting } from './meeting.ts';
import type { MeetingId } from './meeting-id.ts';
import type { SyncMeeting } from './operations/sync-meeting.ts';

export type { Allowance } from '../rest/limits.ts';

/** Loads meetings for one request: each id once, however often it is named. */
export interface MeetingLoader {
  /** @throws GatewayError with the code a client may see. */
  load(id: MeetingId): Promise<ZoomMeeting>;
  /**
   * Counts how many meetings a field names, and how many values it selects of each, before they are loaded: a meeting
   * that is named again costs no call, but its fields are answered again.
   * @throws GatewayError LIMIT_EXCEEDED when the names, or the values that would be answered, of the request are too many.
   */
  checkListBudget(names: number, valuesEach: number): void;
  /** What the caller has left; null where callers have no limit. */
  allowance(): Allowance | Promise<Allowance> | null;
}

/** How often a request may name each meeting it may load, on average. */
const NAMES_PER_MEETING = 10;

/**
 * Most values a request may be answered with for each meeting it may load: all 36 fields of a meeting come to 86, lists
 * counted with 50 items. For 100 meetings, 10,000 values take the interpreter about 10 ms.
 */
const VALUES_PER_MEETING = 100;

/** What a loader serves: one request, with one caller's credentials. */
export interface MeetingLoaderOptions {
  readonly client: RestClient;
  readonly syncMeeting: SyncMeeting;
  readonly caller: Caller;
  readonly context: RequestContext;
  /** Settles once all operations of a batch have started: their meetings are counted before any is loaded. Null for one operation. */
  readonly started: Promise<void> | null;
  /** Most distinct meetings the request may load. */
  readonly maxMeetings: number;
  /** Null where callers have no limit. */
  readonly callerLimiter?: CallerLimiter | null;
}

/** Makes the loader of one request. It must not outlive the request: what it has loaded belongs to its caller. */
export function createMeetingLoader({
  client,
  syncMeeting,
  caller,
  context,
  started,
  maxMeetings,
  callerLimiter = null,
}: MeetingLoaderOptions): MeetingLoader {
  let loaded = 0;
  let named = 0;
  let values = 0;
  let allowance: Allowance | null = null;
  const maxNamed = maxMeetings * NAMES_PER_MEETING;
  const maxValues = maxMeetings * VALUES_PER_MEETING;
  // A promise for each id, not for the batch: a fast response goes on before a slow one.
  const loadAll = async (ids: readonly MeetingId[]): Promise<(Promise<ZoomMeeting> | GatewayError)[]> => {
    if (loaded + ids.length > maxMeetings) return ids.map(() => tooManyMeetings(maxMeetings));
    loaded += ids.length;
    const load = (id: MeetingId): Promise<ZoomMeeting> => client.call(syncMeeting, id, caller, context);
    if (callerLimiter === null) return ids.map(load);
    const taken = callerLimiter.take(caller.id, ids.length);
    const latest = taken instanceof Promise ? await taken : taken;
    // A request may load several times: what was refused stays refused.
    allowance = { ...latest, retryAfter: Math.max(latest.retryAfter, allowance?.retryAfter ?? 0) };
    return ids.map((id, index) => (index < latest.granted ? load(id) : rateLimited(latest)));
  };
  // In the iteration of the event loop after the last operation has started: by then its fields have asked, too.
  const loader = new DataLoader<MeetingId, Promise<ZoomMeeting>>(
    loadAll,
    started === null ? {} : { batchScheduleFn: dispatch => void started.then(() => setImmediate(dispatch)) },
  );
  return {
    // Of the same promise: its type is that of a promise for a promise.
    load: id => Promise.resolve(loader.load(id)),
    checkListBudget(names, valuesEach) {
      named += names;
      if (named > maxNamed) throw tooManyNames(maxNamed);
      values += names * valuesEach;
      if (values > maxValues) throw tooManyValues(maxValues);
    },
    allowance: () => allowance ?? callerLimiter?.take(caller.id, 0) ?? null,
  };
}

function rateLimited({ retryAfter }: Allowance): GatewayError {
  return new GatewayError('RATE_LIMITED', { retryAfter });
}

function tooManyNames(maxNamed: number): GatewayError {
  return new GatewayError('LIMIT_EXCEEDED', {
    message: `The lists of the request name more than ${maxNamed} meetings, repeated ones included. Name each once.`,
  });
}

function tooManyValues(maxValues: number): GatewayError {
  return new GatewayError('LIMIT_EXCEEDED', {
    message: `The request asks for more than ${maxValues} values: meetings times fields, where a list counts as ${MAX_LIST_PARTS + 1}. Ask for fewer in one request.`,
  });
}

function tooManyMeetings(maxMeetings: number): GatewayError {
  return new GatewayError('LIMIT_EXCEEDED', {
    message: `The request names more than ${maxMeetings} different meetings. Ask for them in several requests.`,
  });
}
