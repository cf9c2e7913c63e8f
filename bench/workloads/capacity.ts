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
import type { Shape } from './shapes.ts';

/** What a server can do when it is asked as fast as it answers. */
export interface Capacity {
  /** CPU microseconds of the server process a query: the median of the rounds. */
  readonly cpu: number;
  /** The same of each round. */
  readonly cpuOfRounds: readonly number[];
  readonly queriesPerSecond: number;
  /** Most memory of its own in bytes, files that are mapped not counted; missing in runs of before it was measured. */
  readonly peakMemory?: number;
}

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
      await checkAnswer(started, shape.meetings);
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
      peakMemory: Math.max(...windows.map(window => window.peakMemory)),
    };
  }
  return outcomes;
}

/** The load that asks a server for meetings nobody asked for before. */
export function loadOf(
  { url, server, callers: { template, tokens } }: Started,
  { meetings, connections }: Shape,
): Omit<Load, 'seconds'> {
  const request = requestTemplate(server.dialect, meetings, template);
  return { url, template: request, tokens, connections, ids: 'distinct' };
}

/** What one window has shown: CPU microseconds a query, queries a second, and most memory of its own in bytes. */
export interface Window {
  readonly cpu: number;
  readonly queriesPerSecond: number;
  readonly peakMemory: number;
}

/** Milliseconds between two looks at the memory. */
const SAMPLE_EVERY = 100;

/** Loads a server for a while. @throws Unclean when an answer was not right. */
export async function timeWindow(
  stage: Stage,
  started: Started,
  shape: Shape,
  seconds: number,
): Promise<Window> {
  const before = started.cpu();
  let peakMemory = 0;
  const timer = setInterval(() => {
    if (!started.exited()) peakMemory = Math.max(peakMemory, started.ownMemory());
  }, SAMPLE_EVERY);
  const loaded = await load(stage.dir, { ...loadOf(started, shape), seconds }).finally(() =>
    clearInterval(timer),
  );
  const spent = started.cpu() - before;
  mustBeClean(loaded);
  return { cpu: spent / loaded.requests, queriesPerSecond: loaded.requests / loaded.seconds, peakMemory };
}
