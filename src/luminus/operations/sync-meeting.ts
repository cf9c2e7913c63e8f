import type { Operation } from '../../rest/operation.ts';
import { path } from '../../rest/path.ts';
import type { DecodeOptions } from '../decode.ts';
import { createDecoder } from '../decode.ts';
import type { ZoomMeeting } from '../meeting.ts';
import { MEETING_FIELDS } from '../meeting.ts';
import type { MeetingId } from '../meeting-id.ts';

/** Syncs a meeting between Zoom and LumiNUS and returns it: a GET, but not free of effect. */
export type SyncMeeting = Operation<MeetingId, ZoomMeeting>;

/** Makes the operation. */
export function createSyncMeeting(options: DecodeOptions): SyncMeeting {
  return {
    name: 'syncMeeting',
    path: id => path`/zoom/Meeting/${id}/Sync`,
    key: id => id,
    decode: createDecoder('meeting', MEETING_FIELDS, options),
  };
}
