/** The methods of HTTP that OpenTelemetry tells apart. A client may send any other, which must not become a label or an attribute. */
export const KNOWN_METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
] as const;

/** A method that is known. */
export type KnownMethod = (typeof KNOWN_METHODS)[number];

/** The method where it is known; null for any other. */
export function knownMethod(method: string): KnownMethod | null {
  return KNOWN_METHODS.find(known => known === method) ?? null;
}
