import { GraphQLEmailAddress } from 'graphql-scalars';
import { Failure } from '../lib/errors.ts';
import type { Drift } from './contract-drift.ts';
import { readDateTime } from './date-time.ts';
import type { FieldKind, KindValues, MeetingField, MeetingValue, ZoomMeeting } from './meeting.ts';
import { MEETING_FIELDS } from './meeting.ts';
import type { MeetingId } from './meeting-id.ts';
import { parseUuid } from './meeting-id.ts';
import { readUrl } from './url.ts';

/** What the decoder needs to know beside the answer. */
export interface DecodeOptions {
  /** Offset from UTC, in minutes, of a date-time that carries none. */
  readonly offsetMinutes: number;
  readonly drift: Drift;
}

const BROKEN = Symbol('broken');

/** .NET's Guid.Empty stands for "not set". */
const EMPTY_GUID = '00000000-0000-0000-0000-000000000000';
const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);
const INTEGER = /^-?\d{1,10}$/;

/** The numbers that have a meaning, of each field that holds a code. */
const KNOWN_CODES: Readonly<Partial<Record<MeetingField, ReadonlySet<number>>>> = Object.fromEntries(
  Object.entries(MEETING_FIELDS).flatMap(([field, spec]) => {
    if (!('codes' in spec)) return [];
    const { values, zeroIsUnset } = spec.codes;
    const codes = Object.values(values).map(({ code }) => code);
    return [[field, new Set(zeroIsUnset ? [0, ...codes] : codes)]];
  }),
);

type Read<K extends FieldKind> = (
  value: unknown,
  field: MeetingField,
  options: DecodeOptions,
) => KindValues[K] | null | typeof BROKEN;

/** How each kind of field is read once it is known to be neither missing nor null. */
const READERS: { readonly [K in FieldKind]: Read<K> } = {
  string: value => (typeof value === 'string' ? value : BROKEN),
  boolean: value => (typeof value === 'boolean' ? value : BROKEN),
  int: readInt32,
  code: (value, field, { drift }) => {
    const code = readInt32(value);
    if (code !== BROKEN && KNOWN_CODES[field]?.has(code) === false)
      drift.saw('unknownCode', `${field}=${code}`);
    return code;
  },
  uuid: value => {
    if (value === '' || value === EMPTY_GUID) return null;
    return parseUuid(value) ?? BROKEN;
  },
  dateTime: (value, field, { offsetMinutes, drift }) => {
    if (value === '') return null;
    if (typeof value !== 'string') return BROKEN;
    const reading = readDateTime(value, offsetMinutes);
    if (reading === 'broken') return BROKEN;
    if (!reading.hadOffset) drift.saw('noOffset', field);
    return reading.utc;
  },
  url: value => {
    if (value === '') return null;
    return typeof value === 'string' ? (readUrl(value) ?? BROKEN) : BROKEN;
  },
  email: value => {
    if (value === '') return null;
    if (typeof value !== 'string') return BROKEN;
    try {
      GraphQLEmailAddress.parseValue(value);
      return value;
    } catch {
      return BROKEN;
    }
  },
  list: value => {
    if (typeof value !== 'string') return BROKEN;
    const parts: string[] = [];
    for (const part of value.split(',')) {
      const trimmed = part.trim();
      if (trimmed !== '') parts.push(trimmed);
    }
    return parts;
  },
};

function readInt32(value: unknown): number | typeof BROKEN {
  const number = typeof value === 'string' && INTEGER.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= INT32_MIN && number <= INT32_MAX
    ? number
    : BROKEN;
}

const FIELD_NAMES = Object.keys(MEETING_FIELDS) as MeetingField[];

/** Each field with its reader, looked up once. */
const FIELDS = FIELD_NAMES.map(field => ({ field, read: READERS[MEETING_FIELDS[field].kind] }));

/** All names of an answer, in the order of the API page. */
const NAMES = ['id', ...FIELD_NAMES];

/** Each name a field can travel under in any case (.NET serializers write PascalCase), by its lower case. */
const NAMES_BY_LOWER_CASE = new Map(NAMES.map(name => [name.toLowerCase(), name]));

/**
 * Makes a meeting of a parsed answer, where it stands if it is as documented: most values are what they are read as.
 * A field that cannot be read becomes a Failure in its place; the others stand.
 * @param json the parsed answer, of any shape; it may become the meeting itself.
 * @param asked the id that was asked for.
 * @throws Failure UPSTREAM_INVALID_RESPONSE when the answer is no object or not the meeting that was asked for.
 */
export function decodeMeeting(json: unknown, asked: MeetingId, options: DecodeOptions): ZoomMeeting {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Failure('UPSTREAM_INVALID_RESPONSE', { cause: 'not an object' });
  }
  const meeting = isAsDocumented(json) ? json : byDocumentedName(json, options.drift);
  const id = parseUuid(meeting['id']);
  if (id !== asked) {
    throw new Failure('UPSTREAM_INVALID_RESPONSE', {
      cause: id === null ? 'no id' : 'id of another meeting',
    });
  }
  meeting['id'] = id;
  for (const { field, read } of FIELDS) {
    const value = meeting[field];
    if (value === null) continue;
    const decoded = readField(field, value, read, options);
    if (decoded !== value) meeting[field] = decoded;
  }
  // The loop has just read every field of the table by the reader of its kind.
  return meeting as ZoomMeeting;
}

type Raw = Record<string, unknown>;

/** The ordinary answer: the documented names, all of them and no others; in the documented order that takes no lookups. */
function isAsDocumented(json: object): json is Raw {
  let names = 0;
  for (const name in json) {
    if (name !== NAMES[names] && !NAMES.includes(name)) return false;
    names += 1;
  }
  return names === NAMES.length;
}

function byDocumentedName(json: object, drift: Drift): Raw {
  const raw: Raw = Object.create(null);
  for (const [name, value] of Object.entries(json)) {
    const known = NAMES_BY_LOWER_CASE.get(name.toLowerCase());
    if (known === undefined) drift.saw('unknownField', name);
    else if (known === name || !(known in raw)) raw[known] = value;
  }
  return raw;
}

function readField(
  field: MeetingField,
  value: unknown,
  read: Read<FieldKind>,
  options: DecodeOptions,
): MeetingValue<MeetingField> | Failure {
  if (value === undefined) {
    options.drift.saw('missingField', field);
    return null;
  }
  const decoded = read(value, field, options);
  if (decoded !== BROKEN) return decoded;
  options.drift.saw('brokenField', field);
  return new Failure('UPSTREAM_INVALID_RESPONSE', {
    message: `LumiNUS sent a value for "${field}" that cannot be read. Use the rest of the meeting; report the requestId if you need this field.`,
  });
}
