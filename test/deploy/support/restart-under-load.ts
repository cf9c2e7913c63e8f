import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { after, meeting } from '../../../sandbox/reply.ts';
import { startSandbox } from '../../../sandbox/server.ts';
import type { LoadResult, Send } from './load.ts';
import { runLoad } from './load.ts';
import type { Replica } from './replicas.ts';
import { startReplica } from './replicas.ts';

/** A minute of 200 requests a second; more where the restarts take longer. */
const REQUESTS = 12_000;

/** How many restarts there are. */
const RESTARTS = 6;

/** How often a replica is restarted, in milliseconds, and how long it is ready at least until the other one is. */
const RESTART_INTERVAL = 10_000;
const MIN_READY = 3_000;

/** What sends requests to replicas, directly or by a proxy. */
export interface Client extends AsyncDisposable {
  readonly send: Send;
}

/** What came of a load during which replicas were restarted. */
export interface Outcome extends LoadResult {
  /** The exit status of each replica that was stopped. */
  readonly statuses: readonly (number | null)[];
}

/**
 * Puts a load on two replicas and restarts one of them every `RESTART_INTERVAL`, in turn.
 * @param drainMs their DRAIN_MS.
 * @param connect opens what the load goes through, once the replicas are ready.
 */
export async function restartUnderLoad(
  drainMs: string,
  connect: (replicas: readonly Replica[]) => Promise<Client>,
): Promise<Outcome> {
  await using sandbox = await startSandbox({ remember: 100 });
  // At any time some requests are in flight.
  let calls = 0;
  sandbox.answerAll(after(() => 5 + (calls++ % 40), meeting));
  const env = { UPSTREAM_URL: sandbox.url, DRAIN_MS: drainMs };
  await using first = await startReplica(env);
  await using second = await startReplica(env);
  const replicas = [first, second];
  await using client = await connect(replicas);
  const restarts = restartInTurn(replicas);
  const result = await runLoad(client.send, REQUESTS, restarts);
  return { ...result, statuses: await restarts };
}

/** The first restart is soon. As in a rolling deployment, each begins when the one before it has been ready for a while. */
async function restartInTurn(replicas: readonly Replica[]): Promise<(number | null)[]> {
  const statuses: (number | null)[] = [];
  let at = performance.now() + RESTART_INTERVAL / 2;
  while (statuses.length < RESTARTS) {
    await delay(at - performance.now());
    const replica = replicas[statuses.length % replicas.length];
    if (replica === undefined) break;
    statuses.push(await replica.stop());
    await replica.start();
    at = Math.max(at + RESTART_INTERVAL, performance.now() + MIN_READY);
  }
  return statuses;
}

/** Checks that no request failed, and that every replica that was stopped says that it cut off none. */
export function expectNothingCut({ sent, failures, statuses }: Outcome): void {
  expect(failures).toEqual({});
  expect(sent).toBeGreaterThanOrEqual(REQUESTS);
  expect(statuses).toEqual(Array.from({ length: RESTARTS }, () => 0));
}
