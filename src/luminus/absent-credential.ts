import type { UpstreamResponse } from '../rest/transport.ts';
import { parseBody } from './parse-body.ts';

/**
 * Tells which credential API Management says it has not received, by the sentence of a 401; null where it says neither.
 * Where it was sent, somebody on the way has removed it.
 */
export function absentCredential(response: UpstreamResponse): 'subscription key' | 'token' | null {
  if (response.status !== 401) return null;
  const { message } = parseBody(response);
  if (/missing subscription key/i.test(message)) return 'subscription key';
  return /JWT not present/i.test(message) ? 'token' : null;
}
