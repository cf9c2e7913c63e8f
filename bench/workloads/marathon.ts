import { load } from '../load/wrk.ts';
import type { Pace } from '../options.ts';
import type { Outcomes } from '../outcome.ts';
import { mustBeClean, outcomesOf } from '../outcome.ts';
import type { ServerName } from '../servers/list.ts';
import type { Stage } from '../stage.ts';
import { untilRight } from '../stage.ts';
import { median } from '../stats.ts';
import { loadOf } from './load-of.ts';
import { ONE } from './shapes.ts';

/** Memory over many queries; sizes in bytes. */
export interface Marathon {
  readonly queries: number;
  /** Resident memory while the tenth part of the queries was passed. */
  readonly rssEarly: number;
  /** Resident memory over the last stretch, of the same length. */
  readonly rssEnd: number;
}

/** Seconds of one stretch of load; memory counts as the median of a stretch, as it swings with the collector. */
const STRETCH = 4;
const SAMPLE_EVERY = 100;

/** Workload e: workload a until so many queries were answered. */
export async function measureMarathon(
  stage: Stage,
  names: readonly ServerName[],
  pace: Pace,
): Promise<Outcomes<Marathon>> {
  return await outcomesOf(names, async name => {
    await using started = await stage.start(name);
    await untilRight(started);
    const stretch = { ...loadOf(started, ONE), seconds: STRETCH };
    let queries = 0;
    let rssEarly: number | undefined;
    let rssEnd = 0;
    while (queries < pace.marathon) {
      const samples: number[] = [];
      const timer = setInterval(() => {
        if (!started.exited()) samples.push(started.rss());
      }, SAMPLE_EVERY);
      const loaded = await load(stage.dir, stretch).finally(() => clearInterval(timer));
      queries += mustBeClean(loaded).requests;
      rssEnd = median(samples);
      if (queries >= pace.marathon / 10) rssEarly ??= rssEnd;
    }
    return { queries, rssEarly: rssEarly ?? rssEnd, rssEnd };
  });
}
