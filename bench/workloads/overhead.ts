import type { Load } from '../load/wrk.ts';
import { load } from '../load/wrk.ts';
import type { Pace } from '../options.ts';
import type { Outcomes } from '../outcome.ts';
import { mustBeClean, outcomesOf } from '../outcome.ts';
import { directTemplate } from '../request.ts';
import type { ServerName } from '../servers/list.ts';
import type { Stage } from '../stage.ts';
import { untilRight } from '../stage.ts';
import { median } from '../stats.ts';
import { loadOf } from './load-of.ts';
import { ONE } from './shapes.ts';

/** What a server adds to a direct upstream call, in milliseconds, at a fifth of its own peak. */
export interface Overhead {
  /** Queries a second of the steady load. */
  readonly rate: number;
  readonly addedP50: number;
  readonly addedP99: number;
}

/** Workload g: direct calls and calls by way of the server in turn, at the same rate. */
export async function measureOverhead(
  stage: Stage,
  names: readonly ServerName[],
  pace: Pace,
): Promise<Outcomes<Overhead>> {
  return await outcomesOf(names, async name => {
    await using started = await stage.start(name);
    await untilRight(started);
    const via = loadOf(started, ONE);
    const direct = { ...via, url: stage.nginx, template: directTemplate(started.callers.template) };
    const clean = async (asked: Load) => mustBeClean(await load(stage.dir, asked));
    await clean({ ...via, seconds: pace.warmUp });
    const peak = await clean({ ...via, seconds: pace.window });
    const steady = { rate: Math.round(peak.requests / peak.seconds / 5), seconds: pace.window };
    // What comes one by one runs through other code than a crowd: V8 compiles anew.
    await clean({ ...via, ...steady, seconds: pace.warmUp });

    const added: { p50: number; p99: number }[] = [];
    for (let round = 0; round < pace.rounds; round += 1) {
      const without = await clean({ ...direct, ...steady });
      const through = await clean({ ...via, ...steady });
      added.push({ p50: through.p50 - without.p50, p99: through.p99 - without.p99 });
    }
    return {
      rate: steady.rate,
      addedP50: median(added.map(one => one.p50)),
      addedP99: median(added.map(one => one.p99)),
    };
  });
}
