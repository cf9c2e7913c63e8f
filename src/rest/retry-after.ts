import type { ResponseHeaders } from './transport.ts';

/** Longest wait that is passed on, in seconds: quotas are renewed by the month at the longest. */
export const MAX_SECONDS = 31 * 24 * 3600;

/**
 * How long the upstream asks to wait, in whole seconds rounded up: from Retry-After (seconds or a date),
 * else from the sentence APIM writes ("Try again in 57 seconds.", "… replenished in 14.07:13:56.", "… in 2.12 days.").
 * @param now milliseconds since the epoch, to read a date by.
 * @returns undefined when neither says.
 */
export function readRetryAfter(headers: ResponseHeaders, message: string, now: number): number | undefined {
  const seconds = fromHeader(headers['retry-after'], now) ?? fromMessage(message);
  if (seconds === undefined || !Number.isFinite(seconds)) return undefined;
  return Math.min(Math.max(Math.ceil(seconds), 0), MAX_SECONDS);
}

function fromHeader(header: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : (date - now) / 1000;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

function fromMessage(message: string): number | undefined {
  const span = /\bin (?:(\d{1,4})\.)?(\d{1,2}):(\d{2}):(\d{2})\b/.exec(message);
  if (span) {
    const [, days, hours, minutes, seconds] = span;
    return Number(days ?? 0) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  }
  const amount = /\bin (\d{1,9}(?:\.\d{1,9})?) (second|minute|hour|day)s?\b/i.exec(message);
  const unit = UNIT_SECONDS[amount?.[2]?.toLowerCase() ?? ''];
  return amount && unit !== undefined ? Number(amount[1]) * unit : undefined;
}
