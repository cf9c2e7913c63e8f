import type { CallStats } from '../lib/request-context.ts';

/** What becomes known of a request on its way. */
export interface RequestRecord {
  readonly requestId: string;
  /** Names of the operations it ran. */
  readonly operations: string[];
  /** Its size, with the texts that its hashes stand for. */
  bytes: number;
  callerId: string | null;
  stats: Readonly<CallStats> | null;
}

/** Opens the record of a request. */
export function openRecord(requestId: string): RequestRecord {
  return { requestId, operations: [], bytes: 0, callerId: null, stats: null };
}
