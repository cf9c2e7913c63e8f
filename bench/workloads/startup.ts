import type { Pace } from '../options.ts';
import type { Outcomes } from '../outcome.ts';
import { outcomesOfRounds } from '../outcome.ts';
import type { ServerName } from '../servers/list.ts';
import type { Stage } from '../stage.ts';
import { untilRight } from '../stage.ts';
import { median } from '../stats.ts';

/** How long a server takes from nothing to its first right answer. */
export interface Startup {
  readonly milliseconds: number;
}

/** How often a server that starts is asked, in milliseconds. */
export const EVERY = 2;

/** Workload f. */
export async function measureStartup(
  stage: Stage,
  names: readonly ServerName[],
  { rounds }: Pace,
): Promise<Outcomes<Startup>> {
  const measure = async (name: ServerName): Promise<Startup> => {
    const from = performance.now();
    await using started = await stage.start(name);
    await untilRight(started, EVERY);
    return { milliseconds: performance.now() - from };
  };
  return await outcomesOfRounds(names, rounds, measure, starts => ({
    milliseconds: median(starts.map(start => start.milliseconds)),
  }));
}
