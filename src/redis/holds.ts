import { createHmac, createSecretKey, randomUUID } from 'node:crypto';
import type { Caller } from '../auth/caller.ts';
import type { Clock } from '../lib/clock.ts';
import type { Observer } from '../observability/observer.ts';
import type { HoldScope, HoldsOptions, Refusal } from '../rest/hold.ts';
import { HOLD_NAMES, LIMIT_CODES } from '../rest/hold.ts';
import { InProcessHolds } from '../rest/holds.ts';
import type { Holds } from '../rest/limits.ts';
import { MAX_SECONDS } from '../rest/retry-after.ts';
import type { RedisLink } from './link.ts';

/** Longest refusal, in milliseconds, that a message may speak of: that of a Retry-After. */
const MAX_REFUSED_FOR = MAX_SECONDS * 1000;

/** A hold that started, or was lifted (without a refusal), as replicas tell each other. */
interface Message extends Partial<Refusal> {
  readonly from: string;
  readonly name: string;
}

/** Settings of the holds that replicas share. */
export interface SharedHoldsOptions extends Omit<HoldsOptions, 'nameOf'> {
  readonly scope: Exclude<HoldScope, 'off'>;
  /** What the names of holds are made with: the same for all replicas. */
  readonly secret: string;
}

/**
 * Creates the holds of a replica, which tells others of its own and takes over theirs.
 * Each replica keeps them in its own memory, so that no call waits for Redis.
 */
export function createSharedHolds(
  { scope, secret, ...options }: SharedHoldsOptions,
  link: RedisLink,
  clock: Clock,
  observer: Observer,
): Holds {
  const key = createSecretKey(secret, 'utf8');
  const channel = `${link.prefix}holds`;
  const from = randomUUID();
  const nameOf = (caller: Caller): string =>
    createHmac('sha256', key)
      .update(`hold ${HOLD_NAMES[scope](caller)}`)
      .digest('base64url');
  const holds = new InProcessHolds({ ...options, nameOf }, clock, observer, (name, refusal) => {
    const message: Message = { from, name, ...refusal };
    link.publish(channel, JSON.stringify(message));
  });
  link.subscribe(channel, text => {
    const message = parseMessage(text);
    if (message === null || message.from === from) return;
    const { name, code, refusedFor } = message;
    if (code === undefined || refusedFor === undefined) holds.lift(name);
    else holds.start(name, { code, refusedFor });
  });
  return holds;
}

/** Reads a message; null where it is none, as others may write to the channel. */
function parseMessage(text: string): Message | null {
  try {
    const { from, name, code, refusedFor } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (typeof from !== 'string' || typeof name !== 'string') return null;
    if (code === undefined && refusedFor === undefined) return { from, name };
    const known = LIMIT_CODES.find(one => one === code);
    if (
      known === undefined ||
      typeof refusedFor !== 'number' ||
      !(refusedFor > 0 && refusedFor <= MAX_REFUSED_FOR)
    )
      return null;
    return { from, name, code: known, refusedFor };
  } catch {
    return null;
  }
}
