import { readFile, writeFile } from 'node:fs/promises';
import { chart } from '../bench/chart.ts';
import { readPublished } from '../bench/published.ts';
import { aheadTable, goalsTable, runsTable, variantsTable } from '../bench/summary.ts';
import { SCENARIOS, scenarioId } from '../sandbox/scenarios.ts';
import { SETTINGS } from '../src/config/settings.ts';
import type { Setting } from '../src/config/values.ts';
import { LABEL_LISTS } from '../src/gateway/open-metrics.ts';
import { ERRORS } from '../src/lib/errors.ts';
import { LOG_FIELDS } from '../src/observability/log-fields.ts';
import { defineGatewayMetrics, defineInfo } from '../src/observability/metrics/gateway-metrics.ts';
import { defineProcessMetrics } from '../src/observability/metrics/process-metrics.ts';
import { Registry } from '../src/observability/metrics/registry.ts';
import { envExample } from './env-example.ts';
import { renderTable, replacePart } from './generated-parts.ts';

/** A part of the documentation that repeats what is written elsewhere. */
interface Part {
  /** The document, from the root of the repository; the part is between `<!-- NAME -->` and `<!-- /NAME -->`. */
  readonly file: string;
  readonly name: string;
  readonly text: string;
}

const ROOT = new URL('../', import.meta.url);

/** Most values of a label that are listed. */
const MAX_LISTED = 5;

const metrics = new Registry();
defineGatewayMetrics(metrics, LABEL_LISTS);
defineInfo(metrics, { version: '', node: '' });
defineProcessMetrics(metrics);

const runs = readPublished();

const PARTS: readonly Part[] = [
  {
    file: 'docs/reference.md',
    name: 'settings',
    text: renderTable([
      ['Variable', 'Default', 'Meaning'],
      ...Object.entries<Setting<unknown>>(SETTINGS).map(([name, { default: value, description, secret }]) => [
        `\`${name}\``,
        value === null ? 'none' : `\`${value}\``,
        secret === true ? `${description} \`${name}_FILE\` may name a file that holds it.` : description,
      ]),
    ]),
  },
  {
    file: 'docs/reference.md',
    name: 'codes',
    text: renderTable([
      ['Code', 'When', 'What to do', 'Retryable'],
      ...Object.entries(ERRORS).map(([code, { when, advice, retryable }]) => [
        `\`${code}\``,
        when,
        advice,
        retryable ? 'yes' : 'no',
      ]),
    ]),
  },
  {
    file: 'docs/operations.md',
    name: 'metrics',
    text: renderTable([
      ['Metric', 'Type', 'Labels', 'What it is'],
      ...metrics.metrics.map(({ name, type, labels, help }) => [
        `\`${name}\``,
        type,
        Object.entries(labels)
          .map(([label, values]) =>
            values.length <= MAX_LISTED && values.length > 1
              ? `\`${label}\`: ${values.join(', ')}`
              : `\`${label}\``,
          )
          .join('; '),
        help,
      ]),
    ]),
  },
  {
    file: 'docs/sandbox.md',
    name: 'scenarios',
    text: renderTable([
      ['Id ends in', 'The upstream sends', 'The gateway answers'],
      ...SCENARIOS.map(({ number, says, code, sees }) => [
        `\`${scenarioId(number).slice(-3)}\``,
        says,
        code === null ? sees : `\`${code}\`: ${sees}`,
      ]),
    ]),
  },
  {
    file: 'docs/operations.md',
    name: 'log-fields',
    text: renderTable([
      ['Field', 'Meaning'],
      ...Object.entries(LOG_FIELDS).map(([name, meaning]) => [`\`${name}\``, meaning]),
    ]),
  },
  { file: 'docs/operations.md', name: 'nginx', text: await renderFile('deploy/nginx.conf', 'nginx') },
  { file: 'docs/operations.md', name: 'haproxy', text: await renderFile('deploy/haproxy.cfg', 'haproxy') },
  { file: 'bench/README.md', name: 'runs', text: renderTable(runsTable(runs)) },
  { file: 'bench/README.md', name: 'goals', text: renderTable(goalsTable(runs)) },
  { file: 'bench/README.md', name: 'ahead', text: renderTable(aheadTable(runs)) },
  { file: 'bench/README.md', name: 'variants', text: renderTable(variantsTable(runs)) },
];

/** Files that are generated as a whole. */
const FILES: Readonly<Record<string, string>> = {
  '.env.example': envExample(SETTINGS),
  'bench/results.svg': chart(runs) ?? '',
};

const isCheck = process.argv.includes('--check');

for (const [file, parts = []] of Map.groupBy(PARTS, part => part.file)) {
  const url = new URL(file, ROOT);
  const before = await readFile(url, 'utf8');
  const after = parts.reduce((document, { name, text }) => replacePart(document, name, text), before);
  if (!isCheck) {
    await writeFile(url, after);
  } else if (after !== before) {
    process.stderr.write(`${file}: a generated part is stale. Run npm run codegen.\n`);
    process.exitCode = 1;
  }
}

for (const [file, text] of Object.entries(FILES)) {
  const url = new URL(file, ROOT);
  if (!isCheck) {
    await writeFile(url, text);
  } else if ((await readFile(url, 'utf8')) !== text) {
    process.stderr.write(`${file} is stale. Run npm run codegen.\n`);
    process.exitCode = 1;
  }
}

/** Prints a file whole. */
async function renderFile(path: string, language: string): Promise<string> {
  const text = await readFile(new URL(path, ROOT), 'utf8');
  return `\`\`\`${language}\n${text}\`\`\``;
}
