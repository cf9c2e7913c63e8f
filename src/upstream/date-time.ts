const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?(Z|([+-])(\d\d):(\d\d))?$/i;

/** .NET's DateTime.MinValue and MaxValue stand for "not set". */
const UNSET = /^(?:0001-01-01T00:00:00|9999-12-31T23:59:59)/;

const MINUTE = 60_000;

/** What a text means as a date-time of the upstream. */
export type DateTimeReading = { readonly date: Date | null; readonly hadOffset: boolean } | 'broken';

/**
 * Reads a date-time as .NET writes it.
 * @param offsetMinutes the offset from UTC that a text without one has.
 * @returns the instant in milliseconds (further digits are dropped), null for MinValue and MaxValue, or `broken`.
 */
export function readDateTime(text: string, offsetMinutes: number): DateTimeReading {
  const match = DATE_TIME.exec(text);
  if (!match) return 'broken';
  const [, year, month, day, hour, minute, second, fraction, zone, sign, zoneHour, zoneMinute] = match;
  const hadOffset = zone !== undefined;
  if (UNSET.test(text)) return { date: null, hadOffset: true };
  const wall = new Date(0);
  wall.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  wall.setUTCHours(
    Number(hour),
    Number(minute),
    Number(second),
    Number((fraction ?? '0').padEnd(3, '0').slice(0, 3)),
  );
  // A day or hour that does not exist rolls over; then the text was not a date.
  if (
    wall.getUTCMonth() !== Number(month) - 1 ||
    wall.getUTCDate() !== Number(day) ||
    wall.getUTCHours() !== Number(hour) ||
    wall.getUTCMinutes() !== Number(minute) ||
    wall.getUTCSeconds() !== Number(second)
  ) {
    return 'broken';
  }
  const offset = !hadOffset
    ? offsetMinutes
    : zoneHour === undefined
      ? 0
      : (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '-' ? -1 : 1);
  if (Math.abs(offset) > 14 * 60 || Number(zoneMinute ?? 0) > 59) return 'broken';
  return { date: new Date(wall.getTime() - offset * MINUTE), hadOffset };
}
