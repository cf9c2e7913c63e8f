import type { Machine } from './machine.ts';
import type { Options } from './options.ts';
import type { Outcomes } from './outcome.ts';
import { SERVERS } from './servers/list.ts';
import type { Stage } from './stage.ts';
import type { Capacity } from './workloads/capacity.ts';
import { measureCapacity } from './workloads/capacity.ts';
import type { Crowd } from './workloads/crowd.ts';
import { measureCrowd } from './workloads/crowd.ts';
import type { Failing } from './workloads/failures.ts';
import { measureFailures } from './workloads/failures.ts';
import type { FirstQueries } from './workloads/first-queries.ts';
import { measureFirstQueries } from './workloads/first-queries.ts';
import type { Marathon } from './workloads/marathon.ts';
import { measureMarathon } from './workloads/marathon.ts';
import type { Overhead } from './workloads/overhead.ts';
import { measureOverhead } from './workloads/overhead.ts';
import { ALONE, FIFTY, ONE } from './workloads/shapes.ts';
import type { Startup } from './workloads/startup.ts';
import { measureStartup } from './workloads/startup.ts';

/** Figures by workload and server; what was not asked for is missing. */
export interface Figures {
  a?: Outcomes<Capacity>;
  b?: Outcomes<Capacity>;
  c?: Outcomes<Crowd>;
  d?: { readonly '1%': Outcomes<Failing>; readonly '30%': Outcomes<Failing> };
  e?: Outcomes<Marathon>;
  f?: Outcomes<Startup>;
  g?: Outcomes<Overhead>;
  h?: Outcomes<Capacity>;
  i?: Outcomes<FirstQueries>;
}

/** All that is written of a run. */
export interface Results {
  /** When it ended, as ISO 8601 in UTC. */
  readonly date: string;
  readonly machine: Machine;
  /** Short windows: good to see that all works, too short to compare by. */
  readonly quick: boolean;
  readonly figures: Figures;
}

/** Runs what was asked for, one workload after the other, each on the servers that take part in it. */
export async function runWorkloads(
  stage: Stage,
  { workloads, servers, pace }: Pick<Options, 'workloads' | 'servers' | 'pace'>,
  say: (line: string) => void,
): Promise<Figures> {
  const figures: Figures = {};
  for (const workload of workloads) {
    const names = servers.filter(name => SERVERS[name].workloads.includes(workload));
    say(`${new Date().toISOString().slice(11, 19)} workload ${workload}, ${names.length} servers …`);
    switch (workload) {
      case 'a':
        figures.a = await measureCapacity(stage, names, ONE, pace);
        break;
      case 'b':
        figures.b = await measureCapacity(stage, names, FIFTY, pace);
        break;
      case 'c':
        figures.c = await measureCrowd(stage, names, pace);
        break;
      case 'd':
        figures.d = {
          '1%': await measureFailures(stage, names, 0.01, pace),
          '30%': await measureFailures(stage, names, 0.3, pace),
        };
        break;
      case 'e':
        figures.e = await measureMarathon(stage, names, pace);
        break;
      case 'f':
        figures.f = await measureStartup(stage, names, pace);
        break;
      case 'g':
        figures.g = await measureOverhead(stage, names, pace);
        break;
      case 'h':
        figures.h = await measureCapacity(stage, names, ALONE, pace);
        break;
      case 'i':
        figures.i = await measureFirstQueries(stage, names, pace);
        break;
      default:
        workload satisfies never;
    }
  }
  return figures;
}
