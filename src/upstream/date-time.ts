/** RFC 3339 with up to 7 fraction digits, and without an offset as Newtonsoft writes it; days and offsets are looked at below. */
const DATE_TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,7})?(?:Z|[+-]\d\d:[0-5]\d)?$/i;

/** .NET's DateTime.MinValue and MaxValue stand for "not set". */
const UNSET = /^(?:0001-01-01T00:00:00|9999-12-31T23:59:59)/;

const MINUTE = 60_000;
const MAX_OFFSET = 14 * 60;

/** Where a text has its day, and its offset if it has one. */
const DAY = [8, 10] as const;
const OFFSET_LENGTH = '+08:00'.length;

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
  const instant = hadOffset ? Date.parse(text) : Date.parse(`${text}Z`) - offset * MINUTE;
  // A day that does not exist, such as 30 February, rolls over into another.
  const day = Number(text.slice(...DAY));
  const rolledOver = day > 28 && new Date(instant + offset * MINUTE).getUTCDate() !== day;
  if (Number.isNaN(instant) || rolledOver || Math.abs(offset) > MAX_OFFSET) return 'broken';
  const utc = new Date(instant).toISOString();
  // A year that the offset moves before 0000 or after 9999 is none of RFC 3339: it gets a sign and six digits.
  return /^\d/.test(utc) ? { utc, hadOffset } : 'broken';
}

function readOffset(text: string): number {
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(4, 6));
  return text.startsWith('-') ? -minutes : minutes;
}
