import { load } from '../load/wrk.ts';
import type { Pace } from '../options.ts';
import type { Outcomes } from '../outcome.ts';
import { mustBeClean, outcomesOf } from '../outcome.ts';
import type { ServerName } from '../servers/list.ts';
import type { Stage } from '../stage.ts';
import { untilRight } from '../stage.ts';
import { countHits, setMode } from '../upstream/control.ts';
import { loadOf } from './load-of.ts';

/** What becomes of many clients that ask for the same; latencies in milliseconds. */
export interface Crowd {
  /** Upstream calls while each client asks once: 1 when all share a call, 200 when none do. */
  readonly hitsPerRoundTrip: number;
  /** Most upstream calls that were open at the same time. */
  readonly mostAtOnce: number;
  readonly queriesPerSecond: number;
  readonly p50: number;
  readonly p99: number;
}

const CLIENTS = 200;
const UPSTREAM_MS = 50;

/** Workload c: 200 clients ask for one meeting with one credential, of an upstream that takes 50 ms. */
export async function measureCrowd(
  stage: Stage,
  names: readonly ServerName[],
  pace: Pace,
): Promise<Outcomes<Crowd>> {
  await using upstream = await stage.startSlowUpstream();
  return await outcomesOf(names, async name => {
    await setMode(upstream.url, { delay: UPSTREAM_MS, failures: 0 });
    await using started = await stage.start(name, { upstream: upstream.url });
    await untilRight(started);
    const crowd = { ...loadOf(started, { meetings: 1, connections: CLIENTS }), ids: 'same' } as const;
    mustBeClean(await load(stage.dir, { ...crowd, seconds: pace.warmUp }));
    await setMode(upstream.url, { delay: UPSTREAM_MS, failures: 0 });
    const loaded = await load(stage.dir, { ...crowd, seconds: pace.window });
    const { hits, mostAtOnce } = await countHits(upstream.url);
    mustBeClean(loaded);
    return {
      // Each client asks once a round trip, and was asking still when time was up.
      hitsPerRoundTrip: hits / (loaded.requests / CLIENTS + 1),
      mostAtOnce,
      queriesPerSecond: loaded.requests / loaded.seconds,
      p50: loaded.p50,
      p99: loaded.p99,
    };
  });
}
