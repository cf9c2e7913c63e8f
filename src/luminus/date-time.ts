/** RFC 3339 with up to 7 fraction digits, and without an offset as Newtonsoft writes it; days and offsets are looked at below. */
const DATE_TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,7})?(?:Z|[+-]\d\d:[0-5]\d)?$/i;

/** .NET's DateTime.MinValue and MaxValue stand for "not set". */
const UNSET = /^(?:0001-01-01T00:00:00|9999-12-31T23:59:59)/;

const MINUTE = 60_000;
const MAX_OFFSET = 14 * 60;

/** Where a text has its parts, and how long its offset is if it has one. */
const DAY_AT = 8;
const HOUR_AT = 11;
const MINUTE_AT = 14;
const SECOND_AT = 17;
const FRACTION_AT = 20;
const OFFSET_LENGTH = '+08:00'.length;

/** Days every month has. On the same one of them in UTC, only hours and minutes change: a fifth of the time of a Date. */
const SURE_DAYS = 28;
const DAY_MINUTES = 24 * 60;
const PADDED = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

const ZERO = '0'.charCodeAt(0);

/** What a text means as a date-time of the upstream. */
export type DateTimeReading = { readonly utc: string | null; readonly hadOffset: boolean } | 'broken';

/**
 * Reads a date-time as .NET writes it.
 * @param offsetMinutes the offset from UTC that a text without one has.
 * @returns the instant in UTC to the millisecond (further digits are dropped), null for MinValue and MaxValue, or `broken`.
 */
export function readDateTime(text: string, offsetMinutes: number): DateTimeReading {
  if (!DATE_TIME.test(text)) return 'broken';
  if (UNSET.test(text)) return { utc: null, hadOffset: true };
  const last = text.charAt(text.length - 1);
  const isUtc = last === 'Z' || last === 'z';
  const sign = text.charAt(text.length - OFFSET_LENGTH);
  const hadOffset = isUtc || sign === '+' || sign === '-';
  const offset = isUtc ? 0 : hadOffset ? readOffset(text.slice(-OFFSET_LENGTH)) : offsetMinutes;
  if (Math.abs(offset) > MAX_OFFSET) return 'broken';
  const day = twoDigits(text, DAY_AT);
  const minute = twoDigits(text, HOUR_AT) * 60 + twoDigits(text, MINUTE_AT) - offset;
  if (day >= 1 && day <= SURE_DAYS && minute >= 0 && minute < DAY_MINUTES) {
    const end = text.length - (isUtc ? 1 : hadOffset ? OFFSET_LENGTH : 0);
    const milliseconds = text.slice(FRACTION_AT, Math.min(end, FRACTION_AT + 3)).padEnd(3, '0');
    const time = `${PADDED[Math.floor(minute / 60)]}:${PADDED[minute % 60]}:${text.slice(SECOND_AT, SECOND_AT + 2)}`;
    return { utc: `${text.slice(0, DAY_AT + 2)}T${time}.${milliseconds}Z`, hadOffset };
  }
  const instant = hadOffset ? Date.parse(text) : Date.parse(`${text}Z`) - offset * MINUTE;
  // A day that does not exist, such as 30 February, rolls over into another.
  if (Number.isNaN(instant) || new Date(instant + offset * MINUTE).getUTCDate() !== day) return 'broken';
  const utc = new Date(instant).toISOString();
  // RFC 3339 has years from 0000 to 9999. If the offset moves the year out of them, toISOString writes a sign and six digits.
  return /^\d/.test(utc) ? { utc, hadOffset } : 'broken';
}

function twoDigits(text: string, at: number): number {
  return text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 11 * ZERO;
}

function readOffset(text: string): number {
  const minutes = twoDigits(text, 1) * 60 + twoDigits(text, 4);
  return text.startsWith('-') ? -minutes : minutes;
}
