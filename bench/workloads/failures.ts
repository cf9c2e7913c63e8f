import type { Loaded } from '../load/wrk.ts';
import { load } from '../load/wrk.ts';
import type { Pace } from '../options.ts';
import type { Outcomes } from '../outcome.ts';
import { outcomesOf, Unclean } from '../outcome.ts';
import type { ServerName } from '../servers/list.ts';
import type { Stage } from '../stage.ts';
import { untilRight } from '../stage.ts';
import { countHits, setMode } from '../upstream/control.ts';
import { loadOf } from './load-of.ts';
import { ONE } from './shapes.ts';

/** What becomes of queries when a share of the upstream calls fails. */
export interface Failing {
  readonly queriesPerSecond: number;
  /** Share of the queries that were answered with an error. */
  readonly failed: number;
  readonly hitsPerQuery: number;
  /** Status and body of the first error, or '' when there was none. */
  readonly sample: string;
  /** Whether that error tells clients where the upstream is or what it said. */
  readonly leaks: boolean;
}

/** Workload d: of the upstream's answers the given share are 503. */
export async function measureFailures(
  stage: Stage,
  names: readonly ServerName[],
  share: number,
  pace: Pace,
): Promise<Outcomes<Failing>> {
  await using upstream = await stage.startSlowUpstream();
  return await outcomesOf(names, async name => {
    await setMode(upstream.url, { delay: 0, failures: 0 });
    await using started = await stage.start(name, { upstream: upstream.url });
    await untilRight(started);
    const run = (seconds: number): Promise<Loaded> => load(stage.dir, { ...loadOf(started, ONE), seconds });
    await run(pace.warmUp);
    await setMode(upstream.url, { delay: 0, failures: share });
    const loaded = await run(pace.window);
    const { hits } = await countHits(upstream.url);
    // Errors are what is asked for here; an answer that never comes still is not.
    if (loaded.requests === 0) throw new Unclean('nothing was answered');
    if (loaded.broken > 0) throw new Unclean(`${loaded.broken} requests broke off or timed out`);
    return {
      queriesPerSecond: loaded.requests / loaded.seconds,
      failed: loaded.bad / loaded.requests,
      // Every connection had one query open when time was up.
      hitsPerQuery: hits / (loaded.requests + ONE.connections),
      sample: loaded.sample,
      leaks:
        loaded.sample.includes(new URL(upstream.url).host) ||
        loaded.sample.includes('Service Unavailable</h1>'),
    };
  });
}
