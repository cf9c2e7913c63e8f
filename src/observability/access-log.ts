import type { Caller } from '../auth/caller.ts';
import { createCallerNames } from '../auth/caller.ts';
import { Failure } from '../lib/errors.ts';
import type { CallStats } from '../lib/request-context.ts';
import type { Sent } from '../server/reply.ts';
import type { Log } from './log.ts';

/** What becomes known of a request on its way, for the one line that is logged of it. */
export interface RequestRecord {
  readonly requestId: string;
  readonly started: number;
  /** Names of the operations it ran. */
  readonly operations: string[];
  /** Its size, with the texts that its hashes stand for. */
  bytes: number;
  caller?: Caller | Failure;
  tally?: CallStats;
}

/** Longest name and most names and codes in a line: a client chooses them. */
const MAX_NAME = 64;
const MAX_LISTED = 10;

/** Opens the record of a request. @param started when it came, by `performance.now()`. */
export function openRecord(requestId: string, started: number): RequestRecord {
  return { requestId, started, operations: [], bytes: 0 };
}

/** Makes what logs a request once it has been answered: one line, without variables, bodies or credentials. */
export function createRequestLog(log: Log): (record: RequestRecord, sent: Sent) => void {
  // Callers can be told apart in the log of this gateway, and nowhere else.
  const nameOf = createCallerNames();

  return ({ requestId, started, operations, caller, tally }, { status, codes }) => {
    const ms = Math.round((performance.now() - started) * 10) / 10;
    // Now: a call that others share may go on and cost more.
    const cost = { ...tally };
    log.info(
      () => ({
        requestId,
        ...(operations.length === 0
          ? {}
          : { operation: bounded(operations.map(name => name.slice(0, MAX_NAME))) }),
        ...(caller === undefined || caller instanceof Failure ? {} : { caller: nameOf(caller) }),
        status,
        ...(codes.length === 0 ? {} : { codes: bounded(codes) }),
        ms,
        ...cost,
      }),
      'request',
    );
  };
}

function bounded(names: readonly string[]): string {
  return [...new Set(names)].slice(0, MAX_LISTED).join(',');
}
