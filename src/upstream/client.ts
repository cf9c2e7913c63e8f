import { Pool } from 'undici';
import type { Caller } from '../model/caller.ts';
import type { Log } from '../model/log.ts';
import type { MeetingId } from '../model/meeting-id.ts';
import type { ZoomMeeting } from '../model/zoom-meeting.ts';
import type { DecodeOptions } from './decode.ts';
import { Drift } from './drift.ts';
import { exchange } from './exchange.ts';
import type { Verdict } from './verdict.ts';
import { judge, judgeError, timedOut } from './verdict.ts';

/** On whose behalf a call waits, and for how long. */
export interface Scope {
  /** Goes upstream as `x-request-id`. */
  readonly requestId: string;
  /** Aborted when nobody waits for the request any more. */
  readonly signal: AbortSignal;
}

/** The way to the one operation of the upstream. */
export interface Upstream {
  /**
   * Syncs a meeting and returns it.
   * @throws Failure with the code a client may see.
   */
  sync(id: MeetingId, caller: Caller, scope: Scope): Promise<ZoomMeeting>;
  /** Closes the connections, once what runs has ended. */
  close(): Promise<void>;
}

/** Settings of the way to the upstream; times in milliseconds, sizes in bytes. */
export interface UpstreamOptions {
  /** Origin, and path prefix if any, of the API. */
  readonly url: URL;
  /** Offset from UTC, in minutes, of date-times that carry none. */
  readonly offsetMinutes: number;
  readonly attemptTimeout: number;
  readonly connectTimeout: number;
  readonly maxAnswerBytes: number;
  readonly maxConnections: number;
  readonly log: Log;
}

/** Makes the client of the upstream: one pool of connections for the whole process. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const pool = new Pool(options.url.origin, {
    connections: options.maxConnections,
    connect: { timeout: options.connectTimeout },
    allowH2: false,
  });
  const prefix = options.url.pathname.replace(/\/+$/, '');
  const decoding: DecodeOptions = { offsetMinutes: options.offsetMinutes, drift: new Drift(options.log) };

  async function attempt(id: MeetingId, caller: Caller, scope: Scope): Promise<Verdict> {
    const deadline = AbortSignal.timeout(options.attemptTimeout);
    try {
      const answer = await exchange(pool, {
        path: `${prefix}/zoom/Meeting/${id}/Sync`,
        headers: headersFor(caller, scope.requestId),
        signal: AbortSignal.any([deadline, scope.signal]),
        maxBytes: options.maxAnswerBytes,
      });
      return judge(answer, { ...decoding, asked: id, keyFrom: caller.keyFrom });
    } catch (error) {
      if (scope.signal.aborted) throw scope.signal.reason;
      return deadline.aborted ? timedOut() : judgeError(error);
    }
  }

  return {
    async sync(id, caller, scope) {
      const verdict = await attempt(id, caller, scope);
      if ('meeting' in verdict) return verdict.meeting;
      options.log.warn(
        { requestId: scope.requestId, code: verdict.failure.code, cause: verdict.failure.cause },
        'upstream call failed',
      );
      throw verdict.failure;
    },
    close: () => pool.close(),
  };
}

/** All that goes out: nothing else of what a caller sends reaches the upstream. */
function headersFor(caller: Caller, requestId: string): Record<string, string> {
  return {
    accept: 'application/json',
    'ocp-apim-subscription-key': caller.subscriptionKey,
    'x-request-id': requestId,
    ...(caller.authorization === null ? {} : { authorization: caller.authorization }),
  };
}
