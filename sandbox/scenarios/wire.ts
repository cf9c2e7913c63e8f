import { type Meeting, meetingOf } from '../meeting.ts';
import { jsonText, meetingBut, meetingWith, type Reply } from '../reply.ts';
import type { Scenario } from './scenario.ts';

const EMPTY_GUID = '00000000-0000-0000-0000-000000000000';

const MIN_DATE = '0001-01-01T00:00:00';

const meetingText =
  (write: (meeting: Meeting) => string): Reply =>
  exchange =>
    jsonText(200, write(meetingOf(exchange.id)))(exchange);

function mapped(
  meeting: Meeting,
  change: (key: string, value: unknown) => readonly [string, unknown],
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(meeting).map(([key, value]) => change(key, value)));
}

/** Every date of a meeting, rewritten. */
const dated = (rewrite: (date: string) => string): Reply =>
  meetingWith(meeting => ({
    ...meeting,
    startDate: rewrite(meeting.startDate),
    endDate: rewrite(meeting.endDate),
    createdDate: rewrite(meeting.createdDate),
  }));

/** Keys .NET may add or repeat; only written text can hold them. */
function drifted(meeting: Meeting): string {
  const known = JSON.stringify(meeting).slice(1, -1);
  return `{"topic":"An earlier topic","zoomRegion":"SG","__proto__":{"topic":"Polluted","polluted":true},${known},"constructor":{"prototype":{"polluted":true}}}`;
}

/** A meeting comes, in one of the ways .NET, drift or damage may write it. */
export const wire: readonly Scenario[] = [
  {
    number: 701,
    row: 'Wire: up to 7 fraction digits',
    says: 'Dates with an offset and 7 fraction digits.',
    code: null,
    sees: 'the meeting, with its dates to the millisecond',
    reply: dated(date => date.replace('+', '.1234567+')),
  },
  {
    number: 702,
    row: 'Wire: no offset',
    says: 'Dates without an offset.',
    code: null,
    sees: 'the meeting, with its dates read as Singapore time',
    reply: dated(date => date.slice(0, 19)),
  },
  {
    number: 703,
    row: 'Wire: DateTime.MinValue',
    says: 'Dates that were never set: the minimum and the maximum of .NET.',
    code: null,
    sees: 'the meeting without its dates',
    reply: meetingBut({ startDate: MIN_DATE, endDate: '9999-12-31T23:59:59.9999999', createdDate: MIN_DATE }),
  },
  {
    number: 704,
    row: 'Wire: broken dates',
    says: 'Invalid dates: /Date(…)/, "soon" and 12.',
    code: null,
    sees: 'the meeting, with an error at each of the three dates',
    reply: meetingBut({ startDate: '/Date(1597039200000+0800)/', endDate: 'soon', createdDate: 12 }),
  },
  {
    number: 705,
    row: 'Wire: Guid.Empty',
    says: 'Guid.Empty in creatorID, moduleID and channelID.',
    code: null,
    sees: 'the meeting without these three fields',
    reply: meetingBut({ creatorID: EMPTY_GUID, moduleID: EMPTY_GUID, channelID: EMPTY_GUID }),
  },
  {
    number: 706,
    row: 'Wire: Guid.Empty',
    says: 'Guid.Empty as the id.',
    code: 'UPSTREAM_INVALID_RESPONSE',
    sees: 'the response is invalid',
    reply: meetingBut({ id: EMPTY_GUID }),
  },
  {
    number: 707,
    row: 'Wire: ""',
    says: 'An empty string in every UUID except the id, and in the URL, the e-mail and the dates.',
    code: null,
    sees: 'the meeting without these eight fields',
    reply: meetingBut({
      creatorID: '',
      moduleID: '',
      channelID: '',
      joinUrl: '',
      email: '',
      startDate: '',
      endDate: '',
      createdDate: '',
    }),
  },
  {
    number: 708,
    row: 'Wire: missing key',
    says: 'Only the id.',
    code: null,
    sees: 'a meeting with only its id',
    reply: meetingWith(({ id }) => ({ id })),
  },
  {
    number: 709,
    row: 'Wire: null',
    says: 'Every field but the id is null.',
    code: null,
    sees: 'a meeting with only its id',
    reply: meetingWith(meeting => mapped(meeting, (key, value) => [key, key === 'id' ? value : null])),
  },
  {
    number: 710,
    row: 'Wire: PascalCase keys',
    says: 'Keys in PascalCase.',
    code: null,
    sees: 'the meeting',
    reply: meetingWith(meeting =>
      mapped(meeting, (key, value) => [key.charAt(0).toUpperCase() + key.slice(1), value]),
    ),
  },
  {
    number: 711,
    row: 'Wire: numbers as strings',
    says: 'Every number as a string.',
    code: null,
    sees: 'the meeting',
    reply: meetingWith(meeting =>
      mapped(meeting, (key, value) => [key, typeof value === 'number' ? String(value) : value]),
    ),
  },
  {
    number: 712,
    row: 'Wire: \\u002B escapes, BOM',
    says: 'A byte order mark, and \\u002B for every plus sign.',
    code: null,
    sees: 'the meeting',
    reply: meetingText(meeting => `\uFEFF${JSON.stringify(meeting).replaceAll('+', '\\u002B')}`),
  },
  {
    number: 713,
    row: 'Wire: unknown keys, duplicate keys, __proto__',
    says: 'Unknown keys, a repeated topic, and a literal __proto__ key.',
    code: null,
    sees: 'the meeting, without additions',
    reply: meetingText(drifted),
  },
  {
    number: 714,
    row: 'Wire: wrong type in one field',
    says: 'An object as the topic.',
    code: null,
    sees: 'the meeting, with an error at topic',
    reply: meetingBut({ topic: { text: 'An object' } }),
  },
  {
    number: 715,
    row: 'Wire: id missing',
    says: 'A meeting without an id.',
    code: 'UPSTREAM_INVALID_RESPONSE',
    sees: 'the response is invalid',
    reply: meetingBut({ id: undefined }),
  },
  {
    number: 716,
    row: 'Wire: not the id that was asked for',
    says: 'Another meeting.',
    code: 'UPSTREAM_INVALID_RESPONSE',
    sees: 'the response is invalid',
    reply: meetingWith(() => meetingOf('5c0e7d1a-9b34-4f6e-8a21-d3b7f0c6e958')),
  },
  {
    number: 717,
    row: 'Wire: letter case of the id',
    says: 'The id in upper case.',
    code: null,
    sees: 'the meeting',
    reply: meetingWith(meeting => ({ ...meeting, id: meeting.id.toUpperCase() })),
  },
];
