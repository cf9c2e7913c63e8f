import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { readDocument } from '../support/document.ts';
import { scrapeText } from '../support/metrics.ts';
import { HAS_PROMTOOL, promtool } from '../support/promtool.ts';
import { openWorld } from '../support/world.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

const pathOf = (file: string) => fileURLToPath(new URL(`../../deploy/${file}`, import.meta.url));
const RULES = pathOf('prometheus/alerts.yaml');
const TESTS = pathOf('prometheus/alerts.test.yaml');
const rulesText = readFileSync(RULES, 'utf8');
const rules: readonly Rule[] = parse(rulesText).groups.flatMap(
  ({ rules: ofGroup }: { readonly rules: readonly Rule[] }) => ofGroup,
);

const tests: {
  readonly tests: readonly { readonly alert_rule_test: readonly { readonly alertname: string }[] }[];
} = parse(readFileSync(TESTS, 'utf8'));

/** A number that a rule compares with, and others in its place. */
const thresholds = rules.flatMap(({ alert, expr }) =>
  [...expr.matchAll(/([<>=]=?) (\d+(?:\.\d+)?)/g)].flatMap(([comparison, operator = '', number = '']) =>
    neighboursOf(number).map(other => ({ alert, comparison, other: `${operator} ${other}` })),
  ),
);

/** A little less and a little more. */
function neighboursOf(number: string): readonly number[] {
  const value = Number(number);
  return number.includes('.')
    ? [0.9, 1.1].map(factor => Number((value * factor).toPrecision(6)))
    : [value - 1, value + 1];
}

/** The tests of one rule. */
function testsOf(alert: string): object {
  return {
    ...tests,
    tests: tests.tests.filter(({ alert_rule_test: cases }) =>
      cases.some(({ alertname }) => alertname === alert),
    ),
  };
}

/** The rules, with another number in one of them. */
function alter({ alert, comparison, other }: (typeof thresholds)[number]): string {
  const at = rulesText.indexOf(comparison, rulesText.indexOf(`alert: ${alert}\n`));
  return rulesText.slice(0, at) + other + rulesText.slice(at + comparison.length);
}

/** The names of metrics in an expression of PromQL. */
function metricsIn(expr: string): string[] {
  const words = expr
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, '')
    .replaceAll(/\b(?:by|ignoring|on) \([^)]*\)/g, '');
  return [...words.matchAll(/\b[a-z]+(?:_[a-z\d]+)+\b(?! ?\()/g)]
    .map(([name]) => name)
    .filter(name => !['group_left', 'label_values'].includes(name));
}

/** The metrics that the gateway has, with the suffixes that a histogram adds. */
async function knownMetrics(): Promise<ReadonlySet<string>> {
  await using world = await openWorld({ env: { ADMIN_PORT: '0' } });
  const text = await scrapeText(world.gateway);
  const types = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)];
  return new Set(
    types.flatMap(([, name = '', type]) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map(suffix => name + suffix) : [name],
    ),
  );
}

describe('the alert rules', () => {
  it('each have their section in the guide for operators, and no section is without a rule', async () => {
    const { text } = await readDocument('docs/operations.md');
    const [, section = ''] = /^## Alert$([\s\S]*?)^## /m.exec(text) ?? [];
    const headings = [...section.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
    expect(rules.map(({ alert }) => alert)).toEqual(headings);
    for (const { alert, annotations } of rules)
      expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  });

  it('name only metrics that the gateway has', async () => {
    const known = await knownMetrics();
    for (const { alert, expr } of rules) {
      const names = metricsIn(expr);
      expect([alert, names.length > 0, names.filter(name => !known.has(name))]).toEqual([alert, true, []]);
    }
  });

  it.skipIf(!HAS_PROMTOOL)('are valid, and fire when they should', () => {
    expect(promtool(['check', 'rules', RULES])).toMatchObject({ status: 0 });
    expect(promtool(['test', 'rules', TESTS])).toEqual({
      status: 0,
      output: expect.stringContaining('SUCCESS'),
    });
  });

  it('each compare with a number', () => {
    expect(new Set(thresholds.map(({ alert }) => alert))).toEqual(new Set(rules.map(({ alert }) => alert)));
  });

  it.skipIf(!HAS_PROMTOOL)('with any other threshold fail their tests', () => {
    const dir = mkdtempSync(join(tmpdir(), 'alerts-'));
    try {
      const files = thresholds.map((threshold, index) => {
        const folder = join(dir, String(index));
        mkdirSync(folder);
        writeFileSync(join(folder, 'alerts.yaml'), alter(threshold));
        writeFileSync(join(folder, 'alerts.test.yaml'), stringify(testsOf(threshold.alert)));
        return join(folder, 'alerts.test.yaml');
      });
      // One process for all, and of each rule its own tests only: the others pass.
      const { output } = promtool(['test', 'rules', ...files]);
      const results = output.split('Unit Testing:').slice(1);
      expect(results).toHaveLength(thresholds.length);
      for (const [index, { alert, comparison, other }] of thresholds.entries())
        expect([alert, comparison, other, results[index]]).toEqual([
          alert,
          comparison,
          other,
          expect.stringMatching(new RegExp(`FAILED:[^]*alertname: ${alert}\\b`)),
        ]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('the dashboard', () => {
  const dashboard = JSON.parse(readFileSync(pathOf('grafana/dashboard.json'), 'utf8'));
  const panels: readonly { title: string; type: string; targets?: readonly { expr: string }[] }[] =
    dashboard.panels;

  it('begins with the golden signals', () => {
    const [, ...first] = panels.slice(0, 5).map(({ title }) => title);
    expect(first).toEqual(['Traffic', 'Errors', 'Latency', 'Saturation']);
  });

  it('names only metrics that the gateway has, and shows each metric of its own', async () => {
    const known = await knownMetrics();
    const shown = panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => metricsIn(expr)));
    expect(shown.filter(name => !known.has(name))).toEqual([]);
    const bare = (name: string) => name.replace(/_(?:bucket|sum|count)$/, '');
    const own = [...known].map(bare).filter(name => !/^(?:process|nodejs)_/.test(name));
    expect(own.filter(name => !shown.map(bare).includes(name))).toEqual([]);
  });
});

it.skipIf(!HAS_PROMTOOL)(
  'promtool finds nothing to improve in the metrics of a gateway at work',
  async () => {
    await using world = await openWorld({ env: { ADMIN_PORT: '0' } });
    await world.ask('{ syncMeeting(id: "3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b") { id } }');
    const text = await scrapeText(world.gateway);
    expect(promtool(['check', 'metrics'], text)).toEqual({ status: 0, output: '' });
  },
);
