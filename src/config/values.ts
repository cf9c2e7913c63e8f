import { isHeaderText } from '../lib/header-text.ts';

/** One environment variable. */
export interface Setting<T> {
  /** Used when the variable is not set; null where it may be left out. */
  readonly default: string | null;
  /** For the documentation. */
  readonly description: string;
  /** Whether the value is secret: the variable `NAME_FILE` may then name a file that holds it. */
  readonly secret?: true;
  /** Parses a text. On failure it throws a string that says what the value must be, and never repeats it. */
  readonly read: (text: string) => T;
}

/** A variable with a default. */
export function setting<T>(fallback: string, description: string, read: (text: string) => T): Setting<T> {
  return { default: fallback, description, read };
}

/** A variable that may be left out; its value is then null. */
export function optional<T>(description: string, read: (text: string) => T): Setting<T | null> {
  return { default: null, description, read: text => (text === '' ? null : read(text)) };
}

/** A variable that may be left out and holds a secret. */
export function secret<T>(description: string, read: (text: string) => T): Setting<T | null> {
  return { ...optional(description, read), secret: true };
}

/** A whole number from `min` to `max`, both included. */
export function integer(min: number, max: number): (text: string) => number {
  return text => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw `a whole number from ${min} to ${max}`;
  };
}

/** A duration from one millisecond to five minutes. */
export function milliseconds(text: string): number {
  return integer(1, 300_000)(text);
}

/** A number from `min` to `max`, both included, with up to six decimals. */
export function decimal(min: number, max: number): (text: string) => number {
  return text => {
    const number = /^\d{1,6}(?:\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw `a number from ${min} to ${max}`;
  };
}

/** On or off. */
export function flag(text: string): boolean {
  if (/^(?:true|on|1)$/i.test(text)) return true;
  if (/^(?:false|off|0)$/i.test(text)) return false;
  throw 'on or off (or true or false)';
}

/** One of the given values. */
export function oneOf<T extends string>(...values: readonly T[]): (text: string) => T {
  return text => {
    const found = values.find(value => value === text);
    if (found !== undefined) return found;
    throw `one of ${values.join(', ')}`;
  };
}

/** An http or https URL without credentials, which would be logged, and without query or fragment, which would be dropped. */
export function httpUrl(text: string): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash)
    return url;
  throw 'an http or https URL without user, query or fragment';
}

/** The URL of a Redis, with user, password and number of the database if it has any. */
export function redisUrl(text: string): URL {
  const url = URL.parse(text);
  if (url && /^rediss?:$/.test(url.protocol) && url.hostname !== '' && !url.search && !url.hash) return url;
  throw 'a redis: or rediss: URL without query or fragment';
}

/** Origins as browsers send them, separated by commas. */
export function origins(text: string): readonly string[] {
  const listed = text.split(',').map(part => part.trim());
  if (listed.every(origin => /^https?:/.test(origin) && URL.parse(origin)?.origin === origin)) return listed;
  throw 'a list of origins such as https://app.example, without a path, separated by commas';
}

/** The largest offset from UTC that parsers of RFC 3339 accept, in either direction. */
const MAX_OFFSET = '14:00';

/** An offset from UTC such as +08:00, as minutes. */
export function offsetMinutes(text: string): number {
  const match = /^([+-])(\d\d):([0-5]\d)$/.exec(text);
  if (!match || text.slice(1) > MAX_OFFSET) throw 'an offset from UTC such as +08:00';
  const [, sign, hours, minutes] = match;
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
}

/** A text that can be the value of an HTTP header. @param max longest text, in characters. */
export function visibleAscii(max: number): (text: string) => string {
  return text => {
    if (isHeaderText(text, max)) return text;
    throw `at most ${max} visible ASCII characters`;
  };
}
