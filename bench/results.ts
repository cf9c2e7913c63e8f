import type { Machine } from './machine.ts';
import type { Options } from './options.ts';
import type { Outcome, Outcomes } from './outcome.ts';
import type { Stage } from './stage.ts';
import type { Capacity } from './workloads/capacity.ts';
import { ALONE, FIFTY, measureCapacity, ONE } from './workloads/capacity.ts';
import type { Crowd } from './workloads/crowd.ts';
import { measureCrowd } from './workloads/crowd.ts';
import type { Failing } from './workloads/failures.ts';
import { measureFailures } from './workloads/failures.ts';
import type { Marathon } from './workloads/marathon.ts';
import { runMarathon } from './workloads/marathon.ts';
import type { Overhead } from './workloads/overhead.ts';
import { measureOverhead } from './workloads/overhead.ts';
import type { Startup } from './workloads/startup.ts';
import { measureStartup } from './workloads/startup.ts';

/** Figures by workload and server; what was not asked for is missing. */
export interface Figures {
  a?: Outcomes<Capacity>;
  b?: Outcomes<Capacity>;
  c?: Outcomes<Crowd>;
  d?: { readonly '1%': Outcomes<Failing>; readonly '30%': Outcomes<Failing> };
  e?: { readonly gateway: Outcome<Marathon> };
  f?: Outcomes<Startup>;
  g?: Outcomes<Overhead>;
  h?: Outcomes<Capacity>;
}

/** All that a run writes to results.json. */
export interface Results {
  readonly date: string;
  readonly machine: Machine;
  /** Short windows: good to see that all works, too short to compare by. */
  readonly quick: boolean;
  readonly figures: Figures;
}

/** Runs what was asked for, one workload after the other. */
export async function runWorkloads(
  stage: Stage,
  { workloads, servers, pace }: Options,
  say: (line: string) => void,
): Promise<Figures> {
  const figures: Figures = {};
  for (const workload of workloads) {
    say(`workload ${workload} …`);
    switch (workload) {
      case 'a':
        figures.a = await measureCapacity(stage, servers, ONE, pace);
        break;
      case 'b':
        figures.b = await measureCapacity(stage, servers, FIFTY, pace);
        break;
      case 'c':
        figures.c = await measureCrowd(stage, servers, pace);
        break;
      case 'd':
        figures.d = {
          '1%': await measureFailures(stage, servers, 0.01, pace),
          '30%': await measureFailures(stage, servers, 0.3, pace),
        };
        break;
      case 'e':
        figures.e = { gateway: await runMarathon(stage, 'gateway', pace) };
        break;
      case 'f':
        figures.f = await measureStartup(stage, servers, pace);
        break;
      case 'g':
        figures.g = await measureOverhead(stage, servers, pace);
        break;
      case 'h':
        figures.h = await measureCapacity(stage, servers, ALONE, pace);
        break;
      default:
        workload satisfies never;
    }
  }
  return figures;
}
