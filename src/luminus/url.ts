/** An address that reads the same to every parser, so that none is needed: no other host than a name, no dots to resolve. */
const PLAIN = /^https:\/\/(?!.*--)(?:[a-z][a-z0-9-]*\.)+[a-z]+(?:\/[\w-]+)+(?:\?[\w=&.-]*)?$/;

/** Reads an absolute http or https address. @returns it in its normal form, or null. */
export function readUrl(text: string): string | null {
  if (PLAIN.test(text)) return text;
  const url = URL.parse(text);
  // Clients make links of it: a scheme that runs code must not pass.
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : null;
}
