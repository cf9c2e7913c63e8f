import type { Uuid } from '../lib/uuid.ts';

declare const safe: unique symbol;

/** The path of a call: nothing in it was chosen by a client but values whose form was checked. */
export type SafePath = string & { readonly [safe]: true };

/**
 * The template tag that makes the path of an operation: path`/zoom/Meeting/${id}/Sync`.
 * undici resolves `..` and `%2e%2e` before it sends a path, so that a value of any form could lead to another operation:
 * a text that was not checked does not compile.
 */
export function path(parts: TemplateStringsArray, ...values: readonly Uuid[]): SafePath {
  let text = parts[0] ?? '';
  for (let index = 0; index < values.length; index += 1) text += `${values[index]}${parts[index + 1]}`;
  return text as SafePath;
}
