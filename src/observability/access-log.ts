import type { Log } from './log.ts';
import type { OperationSummary, Subscriber } from './observer.ts';

/** Longest name and most names and codes in a line: a client chooses them. */
const MAX_NAME_LENGTH = 64;
const MAX_LISTED = 10;

/** Logs each request that was answered or refused: one line, without variables, bodies or credentials. */
export function createAccessLog(log: Log): Subscriber {
  return {
    requestFinished({ requestId, trace, status, codes, durationMs, operations, callerId, stats }) {
      log.info(
        {
          requestId,
          traceId: trace.traceId,
          ...operationField(operations),
          ...(callerId === null ? {} : { caller: callerId }),
          status,
          ...(codes.length === 0 ? {} : { codes: list(codes) }),
          ms: Math.round(durationMs * 10) / 10,
          ...stats,
        },
        'request',
      );
    },
    requestRefused({ requestId, trace, status, code }) {
      log.info({ requestId, traceId: trace.traceId, status, codes: code }, 'request');
    },
  };
}

function operationField(operations: readonly OperationSummary[]): { operation?: string } {
  const names = operations.flatMap(({ name }) => name?.slice(0, MAX_NAME_LENGTH) ?? []);
  return names.length === 0 ? {} : { operation: list(names) };
}

function list(names: readonly string[]): string {
  return [...new Set(names)].slice(0, MAX_LISTED).join(',');
}
