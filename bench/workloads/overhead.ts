import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { load } from '../load/wrk.ts';
import type { Pace } from '../options.ts';
import type { Outcomes } from '../outcome.ts';
import { mustBeClean, outcomesOf, Unclean } from '../outcome.ts';
import type { Dialect } from '../request.ts';
import type { ServerName } from '../servers/list.ts';
import type { Stage } from '../stage.ts';
import { untilRight } from '../stage.ts';
import { median } from '../stats.ts';
import { loadOf, ONE } from './capacity.ts';

/** What a server adds to a direct upstream call, in milliseconds, at a fifth of its own peak. */
export interface Overhead {
  /** Queries a second of the steady load. */
  readonly rate: number;
  readonly addedP50: number;
  readonly addedP99: number;
}

const STEADY = fileURLToPath(new URL('../load/steady.ts', import.meta.url));

/** Workload g: direct calls and calls by way of the server in turn, at the same constant rate. */
export async function measureOverhead(
  stage: Stage,
  names: readonly ServerName[],
  pace: Pace,
): Promise<Outcomes<Overhead>> {
  return await outcomesOf(names, async name => {
    await using started = await stage.start(name);
    await untilRight(started);
    const { dialect } = started.server;
    const peak = loadOf(started, ONE);
    mustBeClean(await load(stage.dir, { ...peak, seconds: pace.warmUp }));
    const { requests, seconds } = await load(stage.dir, { ...peak, seconds: pace.window });
    const rate = Math.round(requests / seconds / 5);

    const added: { p50: number; p99: number }[] = [];
    for (let round = 0; round < pace.rounds; round += 1) {
      const direct = await steady(stage.nginx, 'direct', rate, pace.window);
      const via = await steady(new URL(started.url).origin, dialect, rate, pace.window);
      added.push({ p50: via.p50 - direct.p50, p99: via.p99 - direct.p99 });
    }
    return {
      rate,
      addedP50: median(added.map(one => one.p50)),
      addedP99: median(added.map(one => one.p99)),
    };
  });
}

async function steady(origin: string, target: Dialect | 'direct', rate: number, seconds: number) {
  const args = [STEADY, origin, target, String(rate), String(seconds)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const result: { p50: number; p99: number; faults: number } = JSON.parse(stdout);
  if (result.faults > 0) throw new Unclean(`${result.faults} requests failed at ${rate} a second`);
  return result;
}
