import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningLoad } from '../load/wrk.ts';
import { startLoad } from '../load/wrk.ts';
import type { Outcome } from '../outcome.ts';
import { mustBeClean, outcomeOf } from '../outcome.ts';
import type { Stage, Started } from '../stage.ts';
import { loadOf } from './load-of.ts';
import type { Shape } from './shapes.ts';

/** What one window has shown: CPU microseconds a query, queries a second, and most memory of its own in bytes. */
export interface Window {
  readonly cpu: number;
  readonly queriesPerSecond: number;
  readonly peakMemory: number;
}

/** Milliseconds for which one server is loaded before it is the next one's turn: the machine is the same for all. */
const TURN = 50;

/** Milliseconds without work after which a server has answered what it was asked in its turn. */
const IDLE = 5;

/** Most milliseconds to wait for that: a server may close connections on which nothing comes for 5 s. */
const IDLE_AT_LATEST = 200;

/** Seconds after which a request counts as broken: one that is paused waits while all others have their turns. */
const TIMEOUT = 60;

/** A server that is loaded in turns. */
interface InTurns {
  readonly started: Started;
  readonly running: RunningLoad;
  cpu: number;
  milliseconds: number;
  peakMemory: number;
}

/**
 * Waits until a server has answered what it was asked: what is left would be done beside the next one's turn.
 * @returns when it last worked, as of `performance.now()`.
 */
async function lastWork(started: Started): Promise<number> {
  const from = performance.now();
  let last = from;
  while (performance.now() - last < IDLE && last - from < IDLE_AT_LATEST) {
    await sleep(1);
    if (started.isBusy()) last = performance.now();
  }
  return last;
}

/**
 * Loads servers in turns of `TURN`, so that what else the machine does meets all of them.
 * @param seconds of load of each of them.
 * @returns a window of each, or why there is none, in their order.
 */
export async function timeInTurns(
  stage: Stage,
  servers: readonly Started[],
  shape: Shape,
  seconds: number,
): Promise<Outcome<Window>[]> {
  const all = servers.map((started): InTurns => {
    // For longer than it takes, as the last turn ends it.
    const running = startLoad(stage.dir, { ...loadOf(started, shape), seconds: 3_600, timeout: TIMEOUT });
    running.pause();
    return { started, running, cpu: 0, milliseconds: 0, peakMemory: 0 };
  });
  for (let turn = 0; turn < (seconds * 1000) / TURN; turn += 1) {
    for (const one of all) {
      const cpuBefore = one.started.cpu();
      const from = performance.now();
      one.running.resume();
      await sleep(TURN);
      one.running.pause();
      one.milliseconds += (await lastWork(one.started)) - from;
      one.cpu += one.started.cpu() - cpuBefore;
      one.peakMemory = Math.max(one.peakMemory, one.started.ownMemory());
    }
  }
  for (const { running } of all) running.end();
  return await Promise.all(
    all.map(({ running, cpu, milliseconds, peakMemory }) =>
      outcomeOf(async () => {
        const { requests } = mustBeClean(await running.loaded);
        return { cpu: cpu / requests, queriesPerSecond: (requests * 1000) / milliseconds, peakMemory };
      }),
    ),
  );
}
