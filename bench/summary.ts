import type { Goal } from './goals.ts';
import { GOALS, isMet, judge } from './goals.ts';
import type { Measure } from './measures.ts';
import { MEASURES, ratioOf } from './measures.ts';
import type { Published } from './published.ts';
import type { ServerName } from './servers/list.ts';
import { oursFor, SERVER_NAMES, SERVERS } from './servers/list.ts';

/** The rows of a table in Markdown, the head first. */
export type Rows = readonly (readonly string[])[];

/** Runs, or what stands for them in a test. */
type Runs = readonly Pick<Published, 'file' | 'date' | 'machine' | 'figures'>[];

/** The published runs, with what the machine allowed in each. */
export function runsTable(runs: Runs): Rows {
  const micros = (value: number | undefined): string =>
    value === undefined ? NONE : `${value.toFixed(0)} µs`;
  return [
    ['Run', 'Machine', 'Node', 'The limit in (a)', 'The gateway in (a)', 'Goals met'],
    ...runs.map(({ file, date, machine, figures }) => {
      const judgements = judge(figures);
      return [
        `[${date.slice(0, 16).replace('T', ' ')} UTC](results/${file})`,
        `${machine.cpu}, ${machine.cores} cores`,
        machine.node,
        micros(MEASURES.one.of(figures, 'limit')),
        micros(MEASURES.one.of(figures, 'gateway')),
        `${judgements.filter(judgement => judgement.isMet).length} of ${judgements.length}`,
      ];
    }),
  ];
}

/** Every goal with the range of what was measured, over the runs that have figures for it. */
export function goalsTable(runs: Runs): Rows {
  return [
    ['Goal', 'At most', 'Measured', 'Met'],
    ...GOALS.map(goal => {
      const values = runs.flatMap(({ figures }) => goal.measure(figures) ?? []);
      const met = values.filter(value => isMet(goal, value)).length;
      return [
        goal.text,
        formatValue(goal.most, goal.unit),
        formatRange(values, goal.unit),
        runsOf(met, values),
      ];
    }),
  ];
}

/** Where a peer was better than the gateway in some run: its figure as a multiple of ours. */
export function aheadTable(runs: Runs): Rows {
  const measures: readonly Measure[] = Object.values(MEASURES);
  return [
    ['Measure', 'Ahead of us', 'Its figure, against ours', 'In'],
    ...measures.flatMap(measure =>
      SERVER_NAMES.filter(name => SERVERS[name].role === 'peer').flatMap(name => {
        const ratios = ratiosOf(runs, measure, name, oursFor(name));
        const ahead = ratios.filter(ratio => ratio < 1).length;
        if (ahead === 0) return [];
        return [[measure.text, SERVERS[name].title, formatRange(ratios, '×'), runsOf(ahead, ratios)]];
      }),
    ),
  ];
}

/** What each variant takes, to the server that is like it in all else and to ours that has the same. */
export function variantsTable(runs: Runs): Rows {
  return [
    [
      'Variant',
      '(a) against the same without',
      '(h) against the same without',
      '(a) against ours with the same',
    ],
    ...SERVER_NAMES.flatMap(name => {
      const { title, variantOf, ours } = SERVERS[name];
      if (variantOf === undefined) return [];
      const range = (measure: Measure, to: ServerName | undefined): string =>
        to === undefined ? '' : formatRange(ratiosOf(runs, measure, name, to), '×');
      return [
        [title, range(MEASURES.one, variantOf), range(MEASURES.alone, variantOf), range(MEASURES.one, ours)],
      ];
    }),
  ];
}

function ratiosOf(runs: Runs, measure: Measure, server: ServerName, to: ServerName): number[] {
  return runs.flatMap(({ figures }) => ratioOf(measure, figures, server, to) ?? []);
}

/** Where no run has figures. */
const NONE = '–';

/** @returns two decimals, or none where the unit is that of memory. */
export function formatValue(value: number, unit: Goal['unit']): string {
  return `${value.toFixed(unit === ' MB' || unit === '' ? 0 : 2)}${unit}`;
}

/** @returns the least and the greatest value, or the one there is. */
export function formatRange(values: readonly number[], unit: Goal['unit']): string {
  if (values.length === 0) return NONE;
  const [low, high] = [Math.min(...values), Math.max(...values)].map(value => formatValue(value, unit));
  return low === high ? `${low}` : `${low} … ${high}`;
}

function runsOf(count: number, values: readonly number[]): string {
  if (values.length === 0) return 'no figures yet';
  return `${count} of ${values.length} ${values.length === 1 ? 'run' : 'runs'}`;
}
