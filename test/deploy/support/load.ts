import { setTimeout as delay } from 'node:timers/promises';
import { meetingNumber } from '../../support/upstream.ts';
import { CREDENTIALS } from '../../support/world.ts';

/** Milliseconds between two requests: 200 a second. */
const INTERVAL = 5;

/** Most requests that are in flight; a machine that is too busy sends fewer a second. */
const MAX_IN_FLIGHT = 200;

/** A request for one meeting, to be sent by any client. */
export interface LoadRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body of the response. */
  readonly expected: string;
}

/** How a client sends a request. @returns the body of its response. @throws when there is none. */
export type Send = (request: LoadRequest) => Promise<string>;

/** What became of a load. */
export interface LoadResult {
  readonly sent: number;
  /** Why requests failed, each with how many did. */
  readonly failures: Readonly<Record<string, number>>;
}

/** The request for a meeting. */
export function createRequest(n: number): LoadRequest {
  const id = meetingNumber(n);
  return {
    headers: { 'content-type': 'application/json', ...CREDENTIALS },
    body: JSON.stringify({ query: `{ syncMeeting(id: "${id}") { id } }` }),
    expected: JSON.stringify({ data: { syncMeeting: { id } } }),
  };
}

/** Sends requests at a constant rate, however long each takes, until so many are sent and something else has settled. */
export async function runLoad(send: Send, count: number, other: Promise<unknown>): Promise<LoadResult> {
  const failures: Record<string, number> = {};
  const inFlight = new Set<Promise<void>>();
  const sendOne = async (request: LoadRequest): Promise<void> => {
    const reason = await send(request).then(
      text => (text === request.expected ? null : text),
      (error: unknown) => describe(error),
    );
    if (reason !== null) failures[reason] = (failures[reason] ?? 0) + 1;
  };
  let isOtherPending = true;
  void other.finally(() => {
    isOtherPending = false;
  });
  let sent = 0;
  let next = performance.now();
  while (sent < count || isOtherPending) {
    await delay(Math.max(0, next - performance.now()));
    next = Math.max(next + INTERVAL, performance.now() - 1_000);
    if (inFlight.size >= MAX_IN_FLIGHT) continue;
    const one = sendOne(createRequest(sent % 1_000)).finally(() => inFlight.delete(one));
    inFlight.add(one);
    sent += 1;
  }
  await Promise.all(inFlight);
  return { sent, failures };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? `${String(error.code)}: ${error.message}` : error.message;
}
