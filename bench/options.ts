import { parseArgs } from 'node:util';
import type { ServerName } from './servers/list.ts';
import { SERVER_NAMES } from './servers/list.ts';

/** The workloads by letter, in the order they run. */
export const WORKLOADS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const;

/** The letter of a workload. */
export type Workload = (typeof WORKLOADS)[number];

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

/** What the command line asks for. */
export interface Options {
  readonly workloads: readonly Workload[];
  readonly servers: readonly ServerName[];
  readonly quick: boolean;
  readonly pace: Pace;
}

const FULL: Pace = { warmUp: 20, window: 3, rounds: 9, marathon: 1_000_000 };
const QUICK: Pace = { warmUp: 3, window: 2, rounds: 2, marathon: 50_000 };

/** Reads the command line. @throws TypeError that says which flag is wrong. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean' }, only: { type: 'string' }, servers: { type: 'string' } },
  });
  const quick = values.quick === true;
  return {
    workloads: choose('--only', WORKLOADS, values.only),
    servers: choose('--servers', SERVER_NAMES, values.servers),
    quick,
    pace: quick ? QUICK : FULL,
  };
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
