import type { Meeting } from '../sandbox/meeting.ts';
import type { Dialect } from './request.ts';
import { FIELD_NAMES, newIds, operation } from './request.ts';
import type { Started } from './stage.ts';
import { wireMeeting } from './upstream/meeting.ts';

const MEETING_TYPES = ['', 'EXAM', 'CUSTOM', 'TIMETABLE'];
const RECORD_TYPES = ['NONE', 'CLOUD', 'LOCAL'];
const AUTHENTICATION_OPTS = ['', 'NUS_ZOOM', 'ZOOM'];

/** What each dialect makes of the upstream's meeting. */
const EXPECTED: { readonly [D in Dialect]: (meeting: Meeting) => Record<string, unknown> } = {
  ours: meeting => ({
    ...withUtcDates(meeting),
    meetingType: MEETING_TYPES[meeting.meetingType],
    recordType: RECORD_TYPES[meeting.recordType],
    authenticationOpt: AUTHENTICATION_OPTS[meeting.authenticationOpt],
    alternativeHosts: meeting.alternativeHosts.split(','),
  }),
  openapi: withUtcDates,
  limit: meeting => ({ ...meeting }),
};

function withUtcDates(meeting: Meeting): Record<string, unknown> {
  const utc = (date: string): string => new Date(date).toISOString();
  return {
    ...meeting,
    startDate: utc(meeting.startDate),
    endDate: utc(meeting.endDate),
    createdDate: utc(meeting.createdDate),
  };
}

/**
 * Asks a server for meetings and compares every field with what it must be.
 * @throws Error that names the first difference.
 */
export async function checkAnswer(
  { url, server: { dialect }, callers }: Pick<Started, 'url' | 'server' | 'callers'>,
  count: number,
): Promise<void> {
  const caller = callers.next();
  const ids = newIds(count);
  const { headers, body } = operation(dialect, ids, caller);
  const response = await fetch(url, { method: 'POST', headers, body });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${text.slice(0, 300)}`);
  const { data, errors }: { data?: object; errors?: unknown } = JSON.parse(text);
  if (errors !== undefined) throw new Error(`errors: ${text.slice(0, 300)}`);
  // One meeting, a list of them or one for each alias: the values are the meetings in order.
  const meetings: Record<string, unknown>[] = Object.values(data ?? {}).flat();
  if (meetings.length !== count) throw new Error(`${meetings.length} meetings instead of ${count}`);
  for (const [n, id] of ids.entries()) {
    const expected = EXPECTED[dialect](wireMeeting(id, caller));
    for (const field of FIELD_NAMES) {
      const [got, wanted] = [JSON.stringify(meetings[n]?.[field]), JSON.stringify(expected[field])];
      if (got !== wanted) throw new Error(`${field} is ${got}, not ${wanted}`);
    }
  }
}
