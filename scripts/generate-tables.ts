import { readFile, writeFile } from 'node:fs/promises';
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
];

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

const example = new URL('.env.example', ROOT);
if (!isCheck) {
  await writeFile(example, envExample(SETTINGS));
} else if ((await readFile(example, 'utf8')) !== envExample(SETTINGS)) {
  process.stderr.write('.env.example is stale. Run npm run codegen.\n');
  process.exitCode = 1;
}

/** @throws Error when the document has no place for the part. */
function replacePart(document: string, name: string, text: string): string {
  const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!place.test(document)) throw new Error(`there is no <!-- ${name} --> … <!-- /${name} --> to write to`);
  return document.replace(place, (_match, open: string, close: string) => `${open}\n${text}\n\n${close}`);
}

/** Prints a file whole. */
async function renderFile(path: string, language: string): Promise<string> {
  const text = await readFile(new URL(path, ROOT), 'utf8');
  return `\`\`\`${language}\n${text}\`\`\``;
}

/** @param rows the first one is the head. */
function renderTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map(cells => `| ${cells.map(escapeBars).join(' | ')} |`)
    .join('\n');
}

function escapeBars(cell: string): string {
  return cell.replaceAll('|', '\\|');
}
