/** Longest subscription key, in characters, of a caller or of the gateway. */
export const MAX_KEY = 256;

/** Tells whether a text of at most so many characters can stand in a header: visible ASCII, and not nothing. */
export function isHeaderText(text: string, max: number): boolean {
  return text.length <= max && /^[\x21-\x7e]+$/.test(text);
}
