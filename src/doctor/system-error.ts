/** The code of an error of the system, such as ECONNREFUSED; of several addresses, that of the first. */
export function systemCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error instanceof AggregateError && error.errors.length > 0) return systemCode(error.errors[0]);
  if ('code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(error.code))
    return error.code;
  return 'unknown';
}
