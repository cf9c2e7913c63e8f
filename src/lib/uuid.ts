declare const checked: unique symbol;

/** A uuid that was checked: 8-4-4-4-12 hex digits in lower case and nothing else. Safe to stand in a path. */
export type Uuid = string & { readonly [checked]: true };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Tells whether a text is a uuid in lower case and nothing else: no braces, no spaces, no line end. */
function isUuid(text: string): text is Uuid {
  return UUID.test(text);
}

/** Reads a uuid in either case; returns it lower-cased, or null when the value is anything else. */
export function parseUuid(value: unknown): Uuid | null {
  if (typeof value !== 'string' || value.length !== 36) return null;
  if (isUuid(value)) return value;
  const lower = value.toLowerCase();
  return isUuid(lower) ? lower : null;
}
