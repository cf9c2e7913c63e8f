import { parseArgs } from 'node:util';
import type { ServerName } from './servers/list.ts';
import { SERVER_NAMES } from './servers/list.ts';
import type { Workload } from './workloads/letters.ts';
import { WORKLOADS } from './workloads/letters.ts';

/** How long and how often things are measured. */
export interface Pace {
  /** Seconds of load before anything is timed, once for each server. */
  readonly warmUp: number;
  /** Seconds of one timed window. */
  readonly window: number;
  /** Timed windows of each server; the median counts. */
  readonly rounds: number;
  /** Queries of workload e. */
  readonly marathon: number;
}

/** The workloads that two checkouts are compared by: those that measure CPU time. */
export const COMPARED = ['a', 'b', 'h'] as const;

/** What `--compare` asks for. */
export interface Comparison {
  /** Git refs, folders of installed checkouts, or names of servers. */
  readonly refs: readonly string[];
  readonly workloads: readonly (typeof COMPARED)[number][];
  /** Windows of a second of each process. */
  readonly windows: number;
  /** How often the processes are started. */
  readonly restarts: number;
  /** Seconds of load on each process before its first window. */
  readonly warmUp: number;
  /** Options of Node for all sides; null for those of each side's own start script. */
  readonly nodeArgs: readonly string[] | null;
}

/** What the command line asks for. */
export interface Options {
  /** Null for a run of the benchmark. */
  readonly comparison: Comparison | null;
  readonly workloads: readonly Workload[];
  readonly servers: readonly ServerName[];
  readonly quick: boolean;
  readonly pace: Pace;
}

/** With these, all servers in all their workloads take 45 minutes. */
const FULL: Pace = { warmUp: 12, window: 1, rounds: 7, marathon: 1_000_000 };
const QUICK: Pace = { warmUp: 3, window: 2, rounds: 2, marathon: 50_000 };

const COMPARE = { windows: 7, restarts: 3, warmUp: 5 };

/** Reads the command line. @throws TypeError that says which flag is wrong. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean' },
      only: { type: 'string' },
      servers: { type: 'string' },
      compare: { type: 'string' },
      windows: { type: 'string' },
      restarts: { type: 'string' },
      'warm-up': { type: 'string' },
      'node-args': { type: 'string' },
    },
  });
  const quick = values.quick === true;
  return {
    comparison:
      values.compare === undefined
        ? null
        : {
            refs: values.compare.split(','),
            workloads: choose('--only', COMPARED, values.only),
            windows: count('--windows', values.windows) ?? COMPARE.windows,
            restarts: count('--restarts', values.restarts) ?? COMPARE.restarts,
            warmUp: count('--warm-up', values['warm-up']) ?? COMPARE.warmUp,
            nodeArgs: values['node-args']?.split(' ').filter(word => word !== '') ?? null,
          },
    workloads: values.compare === undefined ? choose('--only', WORKLOADS, values.only) : [],
    servers: choose('--servers', SERVER_NAMES, values.servers),
    quick,
    pace: quick ? QUICK : FULL,
  };
}

function count(flag: string, asked: string | undefined): number | undefined {
  if (asked === undefined) return undefined;
  const number = Number(asked);
  if (!Number.isInteger(number) || number < 1)
    throw new TypeError(`${flag} takes a number from 1, not ${asked}`);
  return number;
}

function choose<T extends string>(flag: string, all: readonly T[], asked: string | undefined): readonly T[] {
  if (asked === undefined) return all;
  const names = asked.split(',').map(name => name.trim());
  const unknown = names.filter(name => !all.some(one => one === name));
  if (unknown.length > 0) {
    throw new TypeError(`${flag} takes ${all.join(', ')}; not ${unknown.join(', ')}`);
  }
  return all.filter(one => names.includes(one));
}
