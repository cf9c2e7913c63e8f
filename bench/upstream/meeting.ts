import type { Meeting } from '../../sandbox/meeting.ts';
import { meetingOf } from '../../sandbox/meeting.ts';
import type { Caller } from './caller.ts';

/** Any id: the other fields of every meeting in the benchmark are those of this one. */
const MODEL = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';

/**
 * The meeting both upstreams answer with: of the id that was asked for, 33 fields, none of them null.
 * Two strings repeat the caller's key and the subject of the caller's token, so that a check of the answer shows that they were passed on.
 */
export function wireMeeting(id: string, { key, subject }: Pick<Caller, 'key' | 'subject'>): Meeting {
  return { ...meetingOf(MODEL), id, hostKey: key, apiUserName: subject };
}
