/** Where an error comes from, without its message: that may repeat a value. */
export function sanitizeError(error: unknown): object {
  if (!(error instanceof Error)) return { thrown: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  // The message comes first in the stack, and may have lines that look like its own.
  const { message, stack = '' } = error;
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n');
  const at = frames.filter(line => line.startsWith('    at '));
  return { name: error.name, ...code, at: at.map(line => line.trim()) };
}
