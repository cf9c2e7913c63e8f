import { checkAnswer } from '../check.ts';
import type { Load } from '../load/wrk.ts';
import { load } from '../load/wrk.ts';
import type { Pace } from '../options.ts';
import type { Outcome, Outcomes } from '../outcome.ts';
import { mustBeClean, outcomeOf } from '../outcome.ts';
import { requestTemplate } from '../request.ts';
import type { ServerName } from '../servers/list.ts';
import type { Stage, Started } from '../stage.ts';
import { untilRight } from '../stage.ts';
import { median } from '../stats.ts';

/** What a server can do when it is asked as fast as it answers. */
export interface Capacity {
  /** CPU microseconds of the server process a query: the median of the rounds. */
  readonly cpu: number;
  /** The same of each round. */
  readonly cpuOfRounds: readonly number[];
  readonly queriesPerSecond: number;
}

/** How many meetings a query asks for, by how many clients. */
export interface Shape {
  readonly meetings: number;
  readonly connections: number;
}

/** Workload a. */
export const ONE: Shape = { meetings: 1, connections: 32 };

/** Workload b. Four clients, so that 200 calls wait for an upstream connection at most. */
export const FIFTY: Shape = { meetings: 50, connections: 4 };

/** Workload h: one request at a time, with nobody to share anything with. */
export const ALONE: Shape = { meetings: 1, connections: 1 };

/** The shapes of the workloads that measure CPU time. */
export const SHAPES = { a: ONE, b: FIFTY, h: ALONE } as const;

/**
 * Workloads a, b and h. All servers run side by side, idle but for the one that is asked; the rounds interleave, so that
 * what else the machine does meets all of them.
 */
export async function measureCapacity(
  stage: Stage,
  names: readonly ServerName[],
  shape: Shape,
  pace: Pace,
): Promise<Outcomes<Capacity>> {
  await using running = new AsyncDisposableStack();
  const outcomes: { [N in ServerName]?: Outcome<Capacity> } = {};
  const ready: { started: Started; windows: Window[] }[] = [];
  for (const name of names) {
    const started = running.use(await stage.start(name));
    const outcome = await outcomeOf(async () => {
      await untilRight(started);
      await checkAnswer(started.url, started.server.dialect, shape.meetings);
      await timeWindow(stage, started, shape, pace.warmUp);
      ready.push({ started, windows: [] });
      return {};
    });
    if ('void' in outcome) outcomes[name] = outcome;
  }
  for (let round = 0; round < pace.rounds; round += 1) {
    for (const { started, windows } of ready) {
      if (outcomes[started.name] !== undefined) continue;
      const outcome = await outcomeOf(() => timeWindow(stage, started, shape, pace.window));
      if ('void' in outcome) outcomes[started.name] = outcome;
      else windows.push(outcome);
    }
  }
  for (const { started, windows } of ready) {
    outcomes[started.name] ??= {
      cpu: median(windows.map(window => window.cpu)),
      cpuOfRounds: windows.map(window => window.cpu),
      queriesPerSecond: median(windows.map(window => window.queriesPerSecond)),
    };
  }
  return outcomes;
}

/** The load that asks a server for meetings nobody asked for before, as callers nobody was before. */
export function loadOf({ url, server }: Started, { meetings, connections }: Shape): Omit<Load, 'seconds'> {
  return { url, template: requestTemplate(server.dialect, meetings), connections, ids: 'distinct' };
}

/** What one window has shown: CPU microseconds a query, and queries a second. */
export interface Window {
  readonly cpu: number;
  readonly queriesPerSecond: number;
}

/** Loads a server for a while. @throws Unclean when an answer was not right. */
export async function timeWindow(
  stage: Stage,
  started: Started,
  shape: Shape,
  seconds: number,
): Promise<Window> {
  const before = started.cpu();
  const loaded = await load(stage.dir, { ...loadOf(started, shape), seconds });
  const spent = started.cpu() - before;
  mustBeClean(loaded);
  return { cpu: spent / loaded.requests, queriesPerSecond: loaded.requests / loaded.seconds };
}
