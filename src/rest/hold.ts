import { hash } from 'node:crypto';
import type { Caller } from '../auth/caller.ts';
import type { ErrorCode } from '../lib/errors.ts';
import { GatewayError } from '../lib/errors.ts';
import type { Signal } from '../lib/signal.ts';
import type { Outcome } from './api.ts';
import type { HeldAttempt } from './limits.ts';

/** Which calls one refusal holds: those of the same key and Authorization, those of the same key, or none. */
export type HoldScope = 'caller' | 'key' | 'off';

/** What holds are named by in one process. The credentials themselves are long, and not kept for longer than a call. */
export const HOLD_NAMES: Readonly<Record<Exclude<HoldScope, 'off'>, (caller: Caller) => string>> = {
  caller: caller => hash('sha256', caller.key),
  key: caller => caller.credentials.subscriptionKey,
};

/** The codes with which an upstream refuses calls because a limit was reached. */
export const LIMIT_CODES = [
  'UPSTREAM_RATE_LIMITED',
  'UPSTREAM_QUOTA_EXCEEDED',
] as const satisfies readonly ErrorCode[];

/** The code of a limit of the upstream. */
export type LimitCode = (typeof LIMIT_CODES)[number];

/** What a refusal of the upstream says. */
export interface Refusal {
  readonly code: LimitCode;
  /** Milliseconds until the upstream accepts calls again, as it says. */
  readonly refusedFor: number;
}

/** What others may be notified of: a hold that started or was extended, or one that was lifted (null). */
export type HoldChange = (name: string, refusal: Refusal | null) => void;

/** Settings of holds. */
export interface HoldsOptions {
  /** Names the calls that are held together, by their caller. */
  readonly nameOf: (caller: Caller) => string;
  /** Longest time, in milliseconds, before one call may find out whether the upstream still refuses. */
  readonly maxHold: number;
  /** Most calls that wait for the end of a hold; further ones fail at once. */
  readonly maxWaiting: number;
}

/** A call that waits for the end of a hold; it leaves with each of the functions. */
export interface HoldWaiter {
  /** When the last one that waits for the call gives up. */
  readonly deadline: () => number;
  /** Goes on, as the hold was lifted. */
  readonly follow: () => void;
  /** Goes first, as the hold has ended. */
  readonly probe: () => void;
  /** Fails with what the upstream refused. */
  readonly fail: () => void;
}

/** What is known of calls that the upstream refuses for a time; times are those of the clock. */
export interface Hold {
  readonly name: string;
  /** What the upstream refused with. */
  code: LimitCode;
  /** When one call may find out whether the upstream still refuses. */
  until: number;
  /** When the upstream accepts calls again, as it says. */
  refusedUntil: number;
  /** How many attempts had started when it was last refused. */
  since: number;
  /** The attempt that finds out; null while there is none. */
  probe: HeldAttempt | null;
  /** In order of arrival, by the signals of the calls. */
  readonly waiters: Map<Signal, HoldWaiter>;
  cancelTimer: () => void;
}

/** Starts a hold, or extends an earlier one. @returns the hold. */
export function extendHold(
  earlier: Hold | undefined,
  name: string,
  {
    refusal: { code, refusedFor },
    since,
    maxHold,
    now,
  }: {
    readonly refusal: Refusal;
    readonly since: number;
    readonly maxHold: number;
    readonly now: number;
  },
): Hold {
  const until = now + Math.min(refusedFor, maxHold);
  const refusal = { code, refusedUntil: now + refusedFor };
  if (earlier === undefined) {
    return { name, ...refusal, until, since, probe: null, waiters: new Map(), cancelTimer: () => {} };
  }
  // Of several calls that were refused while it lasts, the one that has to wait longest counts.
  const isNewer = earlier.until <= now || refusal.refusedUntil > earlier.refusedUntil;
  return Object.assign(earlier, isNewer ? refusal : {}, {
    until: Math.max(until, earlier.until),
    since: Math.max(since, earlier.since),
  });
}

/**
 * Whether nobody needs to find out any more whether the upstream still refuses: nobody waits, and it has accepted calls for
 * as long as a hold lasts at most.
 */
export function isOver({ refusedUntil, probe, waiters }: Hold, maxHold: number, now: number): boolean {
  return probe === null && waiters.size === 0 && refusedUntil + maxHold <= now;
}

/** The refusal in what an attempt came to, where it says how long it lasts; null in anything else. */
export function refusalIn(outcome: Outcome<unknown>): Refusal | null {
  if ('value' in outcome || !outcome.isLimit) return null;
  const { code, retryAfter = 0 } = outcome.failure.extensions;
  const known = LIMIT_CODES.find(one => one === code);
  return known !== undefined && retryAfter > 0 ? { code: known, refusedFor: retryAfter * 1000 } : null;
}

/** What a call fails with that a hold keeps back: the code of the refusal, and the seconds that are left of it. */
export function refusalOf({ code, refusedUntil }: Hold, now: number): GatewayError {
  const seconds = Math.ceil((refusedUntil - now) / 1000);
  return new GatewayError(code, { retryAfter: Math.max(seconds, 1), cause: { held: true } });
}
