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
export type DateTimeReading = { readonly date: Date | null; readonly hadOffset: boolean } | 'broken';

/**
 * Reads a date-time as .NET writes it.
 * @param offsetMinutes the offset from UTC that a text without one has.
 * @returns the instant in milliseconds (further digits are dropped), null for MinValue and MaxValue, or `broken`.
 */
export function readDateTime(text: string, offsetMinutes: number): DateTimeReading {
  if (!DATE_TIME.test(text)) return 'broken';
  if (UNSET.test(text)) return { date: null, hadOffset: true };
  const zone = text.at(-1)?.toUpperCase() === 'Z' ? 'Z' : text.charAt(text.length - OFFSET_LENGTH);
  const isUtc = zone === 'Z';
  const hadOffset = isUtc || zone === '+' || zone === '-';
  const wallText = !hadOffset ? text : text.slice(0, isUtc ? -1 : -OFFSET_LENGTH);
  const wall = Date.parse(`${wallText}Z`);
  // A day that does not exist, such as 30 February, rolls over into another.
  const day = Number(text.slice(...DAY));
  if (Number.isNaN(wall) || (day > 28 && new Date(wall).getUTCDate() !== day)) return 'broken';
  const offset = isUtc ? 0 : hadOffset ? readOffset(text.slice(-OFFSET_LENGTH)) : offsetMinutes;
  if (Math.abs(offset) > MAX_OFFSET) return 'broken';
  return { date: new Date(wall - offset * MINUTE), hadOffset };
}

function readOffset(text: string): number {
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(4, 6));
  return text.startsWith('-') ? -minutes : minutes;
}
