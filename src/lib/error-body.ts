import type { GatewayError } from './errors.ts';

/**
 * Serializes the response body of a request that failed as a whole: one error, in the format of GraphQL over HTTP.
 * @param failure its message and extensions reach the client as they are.
 */
export function errorBody({ message, extensions }: GatewayError, requestId: string): string {
  return JSON.stringify({ errors: [{ message, extensions: { ...extensions, requestId } }] });
}
