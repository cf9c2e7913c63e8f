import { readFile, writeFile } from 'node:fs/promises';
import { SCENARIOS, scenarioId } from '../sandbox/scenarios.ts';
import { SETTINGS } from '../src/config/settings.ts';
import { FAILURES } from '../src/lib/errors.ts';

/** The README's tables that repeat what the code says; each stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
const TABLES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  settings: [
    ['Variable', 'Default', 'Meaning'],
    ...Object.entries(SETTINGS).map(([name, { default: value, description }]) => [
      `\`${name}\``,
      value === null ? 'none' : `\`${value}\``,
      description,
    ]),
  ],
  codes: [
    ['Code', 'When', 'What to do', 'Retryable'],
    ...Object.entries(FAILURES).map(([code, { when, advice, retryable }]) => [
      `\`${code}\``,
      when,
      advice,
      retryable ? 'yes' : 'no',
    ]),
  ],
  scenarios: [
    ['Id ends in', 'The upstream', 'You see'],
    ...SCENARIOS.map(({ number, says, code, sees }) => [
      `\`${scenarioId(number).slice(-3)}\``,
      says,
      `${code === null ? 'a meeting' : `\`${code}\``}: ${sees}`,
    ]),
  ],
};

const README = new URL('../README.md', import.meta.url);
const before = await readFile(README, 'utf8');
const after = Object.entries(TABLES).reduce(
  (text, [name, rows]) =>
    text.replace(
      new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`),
      (_match, open: string, close: string) => `${open}\n${render(rows)}\n\n${close}`,
    ),
  before,
);

if (!process.argv.includes('--check')) {
  await writeFile(README, after);
} else if (after !== before) {
  process.stderr.write('README.md: a table is stale. Run npm run codegen.\n');
  process.exitCode = 1;
}

function render([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map(cells => `| ${cells.map(escapeBars).join(' | ')} |`)
    .join('\n');
}

function escapeBars(cell: string): string {
  return cell.replaceAll('|', '\\|');
}
