const KEY = /^[!#$%&'*+.^_`|~\w-]+$/;

/**
 * Pairs such as `a=1,b=2`, as the variables of OpenTelemetry have them: values are percent-encoded, and spaces around keys and values
 * do not count.
 */
export function keyValues(text: string): Readonly<Record<string, string>> {
  const members = text.split(',').filter(member => member.trim() !== '');
  return Object.fromEntries(members.map(readPair));
}

/** Pairs that can be HTTP headers. @see keyValues */
export function headerValues(text: string): Readonly<Record<string, string>> {
  const headers = keyValues(text);
  if (Object.values(headers).every(value => /^[\x20-\x7e]*$/.test(value))) return headers;
  throw 'a list such as name=value,name=value whose values are visible ASCII characters';
}

function readPair(member: string): [string, string] {
  const at = member.indexOf('=');
  const key = member.slice(0, at).trim();
  const value = decode(member.slice(at + 1).trim());
  if (at > 0 && KEY.test(key) && value !== null) return [key, value];
  throw 'a list such as key=value,key=value with percent-encoded values';
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
