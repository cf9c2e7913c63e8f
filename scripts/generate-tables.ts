import { readFile, writeFile } from 'node:fs/promises';
import { SCENARIOS, scenarioId } from '../sandbox/scenarios.ts';
import { SETTINGS } from '../src/config/settings.ts';
import type { Setting } from '../src/config/values.ts';
import { LABEL_LISTS } from '../src/gateway/open-metrics.ts';
import { ERRORS } from '../src/lib/errors.ts';
import { defineGatewayMetrics, defineInfo } from '../src/observability/metrics/gateway-metrics.ts';
import { defineProcessMetrics } from '../src/observability/metrics/process-metrics.ts';
import { Registry } from '../src/observability/metrics/registry.ts';

/** A table of the documentation that repeats what the code says. */
interface Table {
  /** The document, from the root of the repository; the table is between `<!-- NAME -->` and `<!-- /NAME -->`. */
  readonly file: string;
  readonly name: string;
  /** The first row is the head. */
  readonly rows: readonly (readonly string[])[];
}

/** Most values of a label that are listed. */
const MAX_LISTED = 5;

const metrics = new Registry();
defineGatewayMetrics(metrics, LABEL_LISTS);
defineInfo(metrics, { version: '', node: '' });
defineProcessMetrics(metrics);

const TABLES: readonly Table[] = [
  {
    file: 'docs/reference.md',
    name: 'settings',
    rows: [
      ['Variable', 'Default', 'Meaning'],
      ...Object.entries<Setting<unknown>>(SETTINGS).map(([name, { default: value, description, secret }]) => [
        `\`${name}\``,
        value === null ? 'none' : `\`${value}\``,
        secret === true ? `${description} \`${name}_FILE\` may name a file that holds it.` : description,
      ]),
    ],
  },
  {
    file: 'docs/reference.md',
    name: 'codes',
    rows: [
      ['Code', 'When', 'What to do', 'Retryable'],
      ...Object.entries(ERRORS).map(([code, { when, advice, retryable }]) => [
        `\`${code}\``,
        when,
        advice,
        retryable ? 'yes' : 'no',
      ]),
    ],
  },
  {
    file: 'docs/operations.md',
    name: 'metrics',
    rows: [
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
    ],
  },
  {
    file: 'docs/sandbox.md',
    name: 'scenarios',
    rows: [
      ['Id ends in', 'The upstream sends', 'The gateway answers'],
      ...SCENARIOS.map(({ number, says, code, sees }) => [
        `\`${scenarioId(number).slice(-3)}\``,
        says,
        code === null ? sees : `\`${code}\`: ${sees}`,
      ]),
    ],
  },
];

const ROOT = new URL('../', import.meta.url);
const isCheck = process.argv.includes('--check');

for (const [file, tables = []] of Map.groupBy(TABLES, table => table.file)) {
  const url = new URL(file, ROOT);
  const before = await readFile(url, 'utf8');
  const after = tables.reduce((text, { name, rows }) => replaceTable(text, name, render(rows)), before);
  if (!isCheck) {
    await writeFile(url, after);
  } else if (after !== before) {
    process.stderr.write(`${file}: a table is stale. Run npm run codegen.\n`);
    process.exitCode = 1;
  }
}

/** @throws Error when the document has no place for the table. */
function replaceTable(text: string, name: string, table: string): string {
  const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!place.test(text)) throw new Error(`there is no <!-- ${name} --> … <!-- /${name} --> to write to`);
  return text.replace(place, (_match, open: string, close: string) => `${open}\n${table}\n\n${close}`);
}

function render([head = [], ...rows]: Table['rows']): string {
  return [head, head.map(() => '---'), ...rows]
    .map(cells => `| ${cells.map(escapeBars).join(' | ')} |`)
    .join('\n');
}

function escapeBars(cell: string): string {
  return cell.replaceAll('|', '\\|');
}
