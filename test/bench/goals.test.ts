import { expect, it } from 'vitest';
import { GOALS, isMet, judge } from '../../bench/goals.ts';
import { MEASURES, ratioOf } from '../../bench/measures.ts';
import type { Figures } from '../../bench/results.ts';
import type { Capacity } from '../../bench/workloads/capacity.ts';

function capacity(cpu: number, peakMemory?: number): Capacity {
  return {
    cpu,
    cpuOfRounds: [cpu],
    queriesPerSecond: 1,
    ...(peakMemory === undefined ? {} : { peakMemory }),
  };
}

/** Figures that meet every goal, and none by more than a rounding error. */
const EXACT: Figures = {
  a: {
    limit: capacity(100),
    gateway: capacity(125),
    'gateway+metrics': capacity(127.5),
    'gateway+limits': capacity(128.75),
    'gateway+128mb': capacity(137.5, 128 * 2 ** 20),
    'mercurius+jit': capacity(125 / 0.95),
    apollo: capacity(375),
    hive: capacity(625),
  },
  b: { gateway: capacity(125 * 0.35 * 50) },
  c: { gateway: { hitsPerRoundTrip: 1, mostAtOnce: 1, queriesPerSecond: 1, p50: 1, p99: 1 } },
  e: { gateway: { queries: 1, rssEarly: 100, rssEnd: 105 } },
  f: {
    limit: { milliseconds: 200 },
    bundle: { milliseconds: 230 },
    gateway: { milliseconds: 300 },
    yoga: { milliseconds: 300 },
    apollo: { milliseconds: 230 / 0.6 },
  },
  g: { gateway: { rate: 1, addedP50: 1, addedP99: 3 } },
  h: { gateway: capacity(200), 'mercurius+jit': capacity(200) },
};

it('each goal is met by what it allows at most', () => {
  const judgements = judge(EXACT);
  expect(judgements.map(({ goal }) => goal)).toEqual(GOALS);
  for (const { goal, value } of judgements) expect(value, goal.text).toBeCloseTo(goal.most, 10);
});

it.each(GOALS)('$text: a little less meets it, a little more misses it', goal => {
  expect(isMet(goal, goal.most * 0.999)).toBe(true);
  expect(isMet(goal, goal.most)).toBe(true);
  expect(isMet(goal, goal.most * 1.001)).toBe(false);
});

it('a run is held against the goals that it has figures for', () => {
  const { a = {}, g } = EXACT;
  expect(judge({}).length).toBe(0);
  expect(judge({ g: { ...g, gateway: { void: 'nothing was answered' } } })).toEqual([]);
  const judgements = judge({
    a: { limit: { void: '1 of 9 answers were errors' }, gateway: capacity(125), apollo: capacity(374) },
  });
  expect(judgements.map(({ goal, isMet: met }) => [goal.text, met])).toEqual([
    ['(a) against Apollo Server', false],
  ]);
  expect(judge({ a: { ...a, apollo: capacity(376) } }).every(judgement => judgement.isMet)).toBe(true);
});

it('a ratio needs both figures, and something to divide by', () => {
  expect(ratioOf(MEASURES.one, EXACT, 'gateway', 'limit')).toBe(1.25);
  expect(ratioOf(MEASURES.one, EXACT, 'gateway', 'yoga')).toBeUndefined();
  expect(ratioOf(MEASURES.one, EXACT, 'yoga', 'limit')).toBeUndefined();
  expect(
    ratioOf(MEASURES.one, { a: { limit: capacity(0), gateway: capacity(1) } }, 'gateway', 'limit'),
  ).toBeUndefined();
});
