import type { Measure } from './measures.ts';
import { MEASURES, ratioOf } from './measures.ts';
import { usable } from './outcome.ts';
import type { Figures } from './results.ts';
import type { ServerName } from './servers/list.ts';

/** What the gateway is held to. */
export interface Goal {
  readonly text: string;
  /** What the measured value may be at most, in the unit. */
  readonly most: number;
  readonly unit: '×' | ' ms' | ' MB' | '';
  /** @returns undefined where a run has no figures for it. */
  readonly measure: (figures: Figures) => number | undefined;
}

/** What came out in a run. */
export interface Judgement {
  readonly goal: Goal;
  readonly value: number;
  readonly isMet: boolean;
}

/** One figure as a multiple of another server's. */
function ratio(measure: Measure, server: ServerName, to: ServerName): Pick<Goal, 'unit' | 'measure'> {
  return { unit: '×', measure: figures => ratioOf(measure, figures, server, to) };
}

const { one, ofFifty, start, alone, addedP50, addedP99 } = MEASURES;

/** All goals, in the order of the workloads. */
export const GOALS: readonly Goal[] = [
  { text: '(a) CPU time of a query, against the limit', most: 1.25, ...ratio(one, 'gateway', 'limit') },
  { text: '(a) against Mercurius with JIT', most: 0.95, ...ratio(one, 'gateway', 'mercurius+jit') },
  { text: '(a) against Apollo Server', most: 1 / 3, ...ratio(one, 'gateway', 'apollo') },
  { text: '(a) against Hive Gateway', most: 1 / 5, ...ratio(one, 'gateway', 'hive') },
  {
    text: '(a) with metrics, against the gateway without',
    most: 1.02,
    ...ratio(one, 'gateway+metrics', 'gateway'),
  },
  {
    text: '(a) with limits of callers in memory, against the gateway without',
    most: 1.03,
    ...ratio(one, 'gateway+limits', 'gateway'),
  },
  {
    text: '(a) by the command of `start:small`, against that of `start`',
    most: 1.1,
    ...ratio(one, 'gateway+128mb', 'gateway'),
  },
  {
    text: '(a) peak memory of its own by the command of `start:small`',
    most: 128,
    unit: ' MB',
    measure: ({ a }) => toMegabytes(usable(a?.['gateway+128mb'])?.peakMemory),
  },
  {
    text: '(b) CPU time of a meeting of 50, against one alone',
    most: 0.35,
    unit: '×',
    measure: figures => divide(ofFifty.of(figures, 'gateway'), one.of(figures, 'gateway')),
  },
  {
    // Not calls a round trip: a server that takes longer over 200 answers than the upstream over one may ask again.
    text: '(c) upstream calls at a time',
    most: 1,
    unit: '',
    measure: ({ c }) => usable(c?.gateway)?.mostAtOnce,
  },
  {
    text: '(e) memory after a million queries, against that after a tenth of them',
    most: 1.05,
    unit: '×',
    measure: ({ e }) => {
      const marathon = usable(e?.gateway);
      return divide(marathon?.rssEnd, marathon?.rssEarly);
    },
  },
  { text: '(f) start of the bundle, against the limit', most: 1.15, ...ratio(start, 'bundle', 'limit') },
  { text: '(f) start of the bundle, against Apollo Server', most: 0.6, ...ratio(start, 'bundle', 'apollo') },
  {
    text: '(f) start by the command of `start`, against bare Yoga',
    most: 1,
    ...ratio(start, 'gateway', 'yoga'),
  },
  {
    text: '(g) added to the median',
    most: 1,
    unit: ' ms',
    measure: figures => addedP50.of(figures, 'gateway'),
  },
  {
    text: '(g) added to the 99th percentile',
    most: 3,
    unit: ' ms',
    measure: figures => addedP99.of(figures, 'gateway'),
  },
  {
    text: '(h) CPU time of a query, against Mercurius with JIT',
    most: 1,
    ...ratio(alone, 'gateway', 'mercurius+jit'),
  },
];

/** Whether a measured value meets a goal. */
export function isMet({ most }: Goal, value: number): boolean {
  return value <= most;
}

/** Holds a run against the goals it has figures for. */
export function judge(figures: Figures): Judgement[] {
  return GOALS.flatMap(goal => {
    const value = goal.measure(figures);
    return value === undefined ? [] : [{ goal, value, isMet: isMet(goal, value) }];
  });
}

function divide(value: number | undefined, by: number | undefined): number | undefined {
  return value === undefined || by === undefined ? undefined : value / by;
}

/** 128 MB of a container are 128 × 2^20 bytes. */
function toMegabytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / 2 ** 20;
}
