import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { chart } from '../../bench/chart.ts';
import { GOALS } from '../../bench/goals.ts';
import { fileNameOf, jsonOf, readPublished } from '../../bench/published.ts';
import type { Figures, Results } from '../../bench/results.ts';
import { aheadTable, formatRange, goalsTable, runsTable, variantsTable } from '../../bench/summary.ts';
import { renderTable } from '../../scripts/generated-parts.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const machine = { cpu: 'Some(R) Core(TM) CPU @ 2.50GHz', cores: 2, node: 'v24.0.0' };

const cpu = (micros: number) => ({ cpu: micros, cpuOfRounds: [micros], queriesPerSecond: 1 });

function runOf(date: string, figures: Figures) {
  const results: Results = { date, machine, quick: false, figures };
  return { ...results, file: fileNameOf(results) };
}

const OLD = runOf('2026-01-02T03:04:05.678Z', {
  a: { limit: cpu(100), gateway: cpu(120), 'mercurius+jit': cpu(110), apollo: cpu(500) },
});
const NEW = runOf('2026-02-03T04:05:06.789Z', {
  a: {
    limit: cpu(50),
    gateway: cpu(70),
    'gateway+https': cpu(84),
    'mercurius+jit': cpu(84),
    'mercurius+jit+https': cpu(63),
    apollo: { void: 'nothing was answered' },
  },
});

it('a published run is named for the minute it ended in, and its processor', () => {
  expect(OLD.file).toBe('2026-01-02T0304-some-core-2-50ghz.json');
});

it('the figures of a run are written with three decimals, and lists on one line', () => {
  const text = jsonOf({ ...OLD, figures: { a: { gateway: { ...cpu(1.23456), cpuOfRounds: [1, 2.0005] } } } });
  expect(text).toContain('"cpu": 1.235,');
  expect(text).toMatch(/"cpuOfRounds": \[1, 2\.00[01]\]/);
});

it('a goal shows its range over the runs that have figures for it, and in how many it was met', () => {
  const row = (text: string) => goalsTable([OLD, NEW]).find(([goal]) => goal === text);
  expect(row('(a) CPU time of a query, against the limit')).toEqual([
    '(a) CPU time of a query, against the limit',
    '1.25×',
    '1.20× … 1.40×',
    '1 of 2 runs',
  ]);
  expect(row('(a) against Apollo Server')?.slice(1)).toEqual(['0.33×', '0.24×', '1 of 1 run']);
  expect(row('(g) added to the median')?.slice(1)).toEqual(['1.00 ms', '–', 'no figures yet']);
  expect(goalsTable([OLD, NEW])).toHaveLength(1 + GOALS.length);
});

it('a range is one value when all are the same', () => {
  expect(formatRange([], '×')).toBe('–');
  expect(formatRange([1.001, 0.999], '×')).toBe('1.00×');
  expect(formatRange([3, 1, 2], ' ms')).toBe('1.00 ms … 3.00 ms');
  expect(formatRange([99.6, 127.4], ' MB')).toBe('100 MB … 127 MB');
});

it('a peer that was ahead in one run is named with all runs, and compared with ours of the same kind', () => {
  expect(aheadTable([OLD, NEW]).slice(1)).toEqual([
    ['(a) CPU time of a query', 'Mercurius 16 + graphql-jit, our schema', '0.92× … 1.20×', '1 of 2 runs'],
    ['(a) CPU time of a query', 'Mercurius 16 + graphql-jit: HTTPS upstream', '0.75×', '1 of 1 run'],
  ]);
});

it('a variant is compared with the server without it', () => {
  const row = (title: string) => variantsTable([OLD, NEW]).find(([variant]) => variant === title);
  expect(row('This gateway: HTTPS upstream')?.slice(1)).toEqual(['1.20×', '–', '']);
  expect(row('Mercurius 16 + graphql-jit: HTTPS upstream')?.slice(1)).toEqual(['0.75×', '–', '0.75×']);
  expect(row('This gateway: metrics')?.slice(1)).toEqual(['–', '–', '']);
});

it('each run is listed with its file and what the machine allowed', () => {
  expect(runsTable([NEW]).at(-1)).toEqual([
    `[2026-02-03 04:05 UTC](results/${NEW.file})`,
    `${machine.cpu}, 2 cores`,
    'v24.0.0',
    '50 µs',
    '70 µs',
    '1 of 2',
  ]);
});

it('the chart shows the median of the ratios to the limit, and their range', () => {
  const svg = chart([OLD, NEW, runOf('2026-03-04T05:06:07.890Z', { b: {} })]) ?? '';
  expect(svg).toMatch(
    /This gateway<\/text>\n<rect class="ours"[^>]*>\n<path d="[^"]*"\/>\n<text [^>]*>1\.30 ×</,
  );
  expect(svg).toContain('Median of 2 runs, 2026-01-02 to 2026-02-03, and their range');
  expect(svg).not.toContain('HTTPS');
  expect(chart([OLD])).toContain('One run, 2026-01-02');
  expect(chart([runOf('2026-03-04T05:06:07.890Z', {})])).toBeUndefined();
});

it('the tables and the chart of bench/README.md are those of the published runs', () => {
  const runs = readPublished();
  expect(runs.length).toBeGreaterThan(0);
  for (const { file, quick, ...results } of runs) {
    expect(file).toBe(fileNameOf(results));
    expect(quick).toBe(false);
  }
  const readme = read('bench/README.md');
  for (const rows of [runsTable(runs), goalsTable(runs), aheadTable(runs), variantsTable(runs)])
    expect(readme).toContain(renderTable(rows));
  expect(read('bench/results.svg')).toBe(chart(runs));
});
