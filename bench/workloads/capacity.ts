import { checkAnswer } from '../check.ts';
import type { Pace } from '../options.ts';
import type { Outcome, Outcomes } from '../outcome.ts';
import { isVoid, outcomeOf } from '../outcome.ts';
import type { ServerName } from '../servers/list.ts';
import type { Stage, Started } from '../stage.ts';
import { untilRight } from '../stage.ts';
import { median } from '../stats.ts';
import type { Shape } from './shapes.ts';
import type { Window } from './turns.ts';
import { timeInTurns } from './turns.ts';

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

/** Workloads a, b and h. All servers run side by side, idle but for the one whose turn it is. */
export async function measureCapacity(
  stage: Stage,
  names: readonly ServerName[],
  shape: Shape,
  pace: Pace,
): Promise<Outcomes<Capacity>> {
  await using running = new AsyncDisposableStack();
  const outcomes: { [N in ServerName]?: Outcome<Capacity> } = {};
  const windows = new Map<Started, Window[]>();
  for (const name of names) {
    const started = running.use(await stage.start(name));
    const outcome = await outcomeOf(async () => {
      await untilRight(started);
      await checkAnswer(started, shape.meetings);
      return {};
    });
    if (isVoid(outcome)) outcomes[name] = outcome;
    else windows.set(started, []);
  }
  const measure = async (seconds: number, isCounted: boolean): Promise<void> => {
    const servers = [...windows.keys()];
    for (const [index, outcome] of (await timeInTurns(stage, servers, shape, seconds)).entries()) {
      const started = servers[index];
      if (started === undefined) continue;
      if (isVoid(outcome)) {
        outcomes[started.name] = outcome;
        windows.delete(started);
      } else if (isCounted) windows.get(started)?.push(outcome);
    }
  };
  await measure(pace.warmUp, false);
  for (let round = 0; round < pace.rounds; round += 1) await measure(pace.window, true);
  for (const [{ name }, measured] of windows) {
    outcomes[name] = {
      cpu: median(measured.map(({ cpu }) => cpu)),
      cpuOfRounds: measured.map(({ cpu }) => cpu),
      queriesPerSecond: median(measured.map(({ queriesPerSecond }) => queriesPerSecond)),
      peakMemory: Math.max(...measured.map(({ peakMemory }) => peakMemory)),
    };
  }
  return outcomes;
}
