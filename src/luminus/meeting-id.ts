declare const checked: unique symbol;

/** A meeting id that was checked at the door: 8-4-4-4-12 hex digits, lower case. Safe to stand in a path. */
export type MeetingId = string & { readonly [checked]: true };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Tells whether a text is a uuid in lower case and nothing else: no braces, no spaces, no line end. */
function isMeetingId(text: string): text is MeetingId {
  return UUID.test(text);
}

/** Reads a uuid in either case; returns it lower-cased, or null when the value is anything else. */
export function parseUuid(value: unknown): MeetingId | null {
  if (typeof value !== 'string' || value.length !== 36) return null;
  if (isMeetingId(value)) return value;
  const lower = value.toLowerCase();
  return isMeetingId(lower) ? lower : null;
}
