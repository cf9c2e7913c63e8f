import DataLoader from 'dataloader';
import type { Caller } from '../model/caller.ts';
import { Failure } from '../model/failure.ts';
import type { MeetingId } from '../model/meeting-id.ts';
import type { ZoomMeeting } from '../model/zoom-meeting.ts';
import type { Upstream } from '../upstream/client.ts';
import type { Scope } from '../upstream/scope.ts';

/** Loads meetings for one request: each id once, however often it is named. */
export interface MeetingLoader {
  /** @throws Failure with the code a client may see. */
  load(id: MeetingId): Promise<ZoomMeeting>;
  /**
   * To be told how long a list is before its meetings are loaded: a meeting that is named again costs no call, but its
   * fields are answered again.
   * @throws Failure LIMIT_EXCEEDED when the lists of the request come to more than is bearable.
   */
  announce(count: number): void;
}

/** How often a request may name each meeting it may load, on average. */
const NAMES_PER_MEETING = 10;

/** What a loader serves: one request, with one caller's credentials. */
export interface MeetingLoaderOptions {
  readonly upstream: Upstream;
  /** The caller, or why there is none: then every load fails with it and no call goes out. */
  readonly caller: Caller | Failure;
  readonly scope: Scope;
  /** Most distinct meetings the request may load. */
  readonly maxMeetings: number;
}

/** Makes the loader of one request. It must not outlive the request: what it has loaded belongs to its caller. */
export function createMeetingLoader({
  upstream,
  caller,
  scope,
  maxMeetings,
}: MeetingLoaderOptions): MeetingLoader {
  let loaded = 0;
  let named = 0;
  const maxNamed = maxMeetings * NAMES_PER_MEETING;
  // A promise for each id, not for the batch: a fast answer goes on before a slow one.
  const loader = new DataLoader<MeetingId, Promise<ZoomMeeting>>(async ids => {
    if (caller instanceof Failure) return ids.map(() => caller);
    if (loaded + ids.length > maxMeetings) return ids.map(() => tooMany(maxMeetings));
    loaded += ids.length;
    return ids.map(id => upstream.sync(id, caller, scope));
  });
  return {
    load: async id => await loader.load(id),
    announce(count) {
      named += count;
      if (named > maxNamed) throw namesTooMany(maxNamed);
    },
  };
}

function namesTooMany(maxNamed: number): Failure {
  return new Failure('LIMIT_EXCEEDED', {
    message: `The lists of the request name more than ${maxNamed} meetings, repeated ones included. Name each once.`,
  });
}

function tooMany(maxMeetings: number): Failure {
  return new Failure('LIMIT_EXCEEDED', {
    message: `The request names more than ${maxMeetings} different meetings. Ask for them in several requests.`,
  });
}
