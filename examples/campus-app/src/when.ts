import type { Loaded } from './useWeek.ts';

/** The meetings of one day. */
export interface Day {
  /** As 2026-11-23; empty for meetings without a start. */
  readonly date: string;
  readonly meetings: readonly Loaded[];
}

/** The language of the page, so that its dates are in the language of its words. */
const LANGUAGE = 'en-SG';

/** Stands where there is no start: later than every instant. */
const LAST = '9999';

/** The time zone the reader's device is set to. */
export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Groups meetings by the day they start on in a time zone, in order; those without a start come last. */
export function byDay(meetings: readonly Loaded[], timeZone: string): Day[] {
  // Every instant is written in UTC and in one form, so that texts in order are instants in order.
  const start = ({ meeting }: Loaded): string => meeting.startDate ?? LAST;
  const sorted = meetings.toSorted((a, b) => start(a).localeCompare(start(b)));
  const days = Map.groupBy(sorted, ({ meeting: { startDate } }) =>
    startDate === null ? '' : dateOf(startDate, timeZone),
  );
  return [...days].map(([date, list]) => ({ date, meetings: list }));
}

/** A day as people say it. */
export function dayName(date: string): { weekday: string; day: string } {
  // Noon in UTC: no zone plays a part in a day that already has its date.
  const noon = new Date(`${date}T12:00:00Z`);
  return {
    weekday: format(noon, { weekday: 'long', timeZone: 'UTC' }),
    day: format(noon, { day: 'numeric', month: 'long', timeZone: 'UTC' }),
  };
}

/** From the first to the last day of some, as a sentence of its own. */
export function weekName(days: readonly Day[]): string {
  const [first, last] = [days.at(0)?.date, days.findLast(({ date }) => date !== '')?.date];
  if (!first || !last) return '';
  const range = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'long', timeZone: 'UTC' });
  return `${range.formatRange(new Date(first), new Date(last))}.`;
}

/** The time of an instant; with the weekday where that is not the one of `beside`. */
export function timeOf(instant: string, timeZone: string, beside = instant): string {
  const otherDay = dateOf(instant, timeZone) !== dateOf(beside, timeZone);
  return format(new Date(instant), {
    hour: 'numeric',
    minute: '2-digit',
    timeZone,
    ...(otherDay ? { weekday: 'short' } : {}),
  });
}

/** An instant as a day and a time: Saturday 12 December, 10:13 am. */
export function momentName(instant: Date, timeZone: string): string {
  const day = format(instant, { weekday: 'long', day: 'numeric', month: 'long', timeZone });
  return `${day.replace(',', '')}, ${timeOf(instant.toISOString(), timeZone)}`;
}

/** A time zone as its name and its offset on a day: Asia/Singapore (GMT+8). */
export function zoneName(timeZone: string, date: string): string {
  const parts = new Intl.DateTimeFormat(LANGUAGE, { timeZone, timeZoneName: 'shortOffset' }).formatToParts(
    date === '' ? new Date() : new Date(`${date}T12:00:00Z`),
  );
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return `${timeZone.replaceAll('_', ' ')} (${offset})`;
}

function dateOf(instant: string, timeZone: string): string {
  // Sweden writes dates as ISO 8601 does.
  return new Intl.DateTimeFormat('sv-SE', { timeZone }).format(new Date(instant));
}

function format(instant: Date, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(LANGUAGE, options).format(instant);
}
