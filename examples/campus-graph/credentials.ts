/** What the gateway asks of every caller; it hands both on to LumiNUS as they are. */
const NAMES = ['authorization', 'ocp-apim-subscription-key'] as const;

/**
 * The credentials of whoever asks the campus graph. They are for the gateway alone: no other service has a use for a
 * LumiNUS key, so none gets it.
 * @param read reads a header of the caller's request.
 */
export function credentialsOf(read: (name: string) => unknown): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of NAMES) {
    const value = read(name);
    if (typeof value === 'string') found[name] = value;
  }
  return found;
}
