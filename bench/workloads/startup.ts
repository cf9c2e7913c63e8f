import type { Pace } from '../options.ts';
import type { Outcome, Outcomes } from '../outcome.ts';
import { outcomeOf } from '../outcome.ts';
import type { ServerName } from '../servers/list.ts';
import type { Stage } from '../stage.ts';
import { untilRight } from '../stage.ts';
import { median } from '../stats.ts';

/** How long a server takes from nothing to its first right answer. */
export interface Startup {
  readonly milliseconds: number;
}

/** How often a server that starts is asked, in milliseconds. */
const EVERY = 2;

/** Workload f, in interleaved rounds. */
export async function measureStartup(
  stage: Stage,
  names: readonly ServerName[],
  pace: Pace,
): Promise<Outcomes<Startup>> {
  const times: { [N in ServerName]?: number[] } = {};
  const outcomes: { [N in ServerName]?: Outcome<Startup> } = {};
  // The first round fills the system's file cache and is not counted.
  for (let round = 0; round <= pace.rounds; round += 1) {
    for (const name of names) {
      if (outcomes[name] !== undefined) continue;
      const outcome = await outcomeOf(async () => {
        const from = performance.now();
        await using started = await stage.start(name);
        await untilRight(started, EVERY);
        return { milliseconds: performance.now() - from };
      });
      if ('void' in outcome) outcomes[name] = outcome;
      else if (round > 0) times[name] = [...(times[name] ?? []), outcome.milliseconds];
    }
  }
  for (const name of names) outcomes[name] ??= { milliseconds: median(times[name] ?? []) };
  return outcomes;
}
