import { randomUUID } from 'node:crypto';

const ACCEPTED = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * The id of a request in responses, logs and upstream calls.
 * @param sent what the client sent as `x-request-id`; anything but 1–64 of `[A-Za-z0-9._-]` is replaced by a new id.
 */
export function requestIdFrom(sent: string | string[] | undefined): string {
  return typeof sent === 'string' && ACCEPTED.test(sent) ? sent : randomUUID();
}
