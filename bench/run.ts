import { writeFileSync } from 'node:fs';
import { chart } from './chart.ts';
import { describeMachine, leaveServerCore, whatIsMissing } from './machine.ts';
import type { Options } from './options.ts';
import { readOptions, WORKLOADS } from './options.ts';
import { isVoid } from './outcome.ts';
import { report } from './report.ts';
import type { Results } from './results.ts';
import { runWorkloads } from './results.ts';
import { SERVER_NAMES } from './servers/list.ts';
import { createStage } from './stage.ts';

try {
  const options = readOptions(process.argv.slice(2));
  const missing = whatIsMissing();
  if (missing.length > 0) throw new Error(`The benchmark needs\n  ${missing.join('\n  ')}`);
  const results = await run(options);
  process.stdout.write(report(results));
  save(results, options);
  const { a, b, c, e, f, g } = results.figures;
  const ours = [a, b, c, e, f, g].map(outcomes => outcomes?.gateway);
  if (ours.some(outcome => outcome !== undefined && isVoid(outcome))) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function run(options: Options): Promise<Results> {
  leaveServerCore();
  await using stage = await createStage(options.servers);
  const figures = await runWorkloads(stage, options, line => process.stderr.write(`${line}\n`));
  return { date: new Date().toISOString(), machine: describeMachine(), quick: options.quick, figures };
}

/** Only a whole run replaces the figures that are published. */
function save(results: Results, { quick, workloads, servers }: Options): void {
  const whole = !quick && workloads.length === WORKLOADS.length && servers.length === SERVER_NAMES.length;
  const name = whole ? 'results' : 'results.partial';
  const write = (extension: string, text: string): void => {
    writeFileSync(new URL(`${name}.${extension}`, import.meta.url), text);
  };
  write('json', jsonOf(results));
  const svg = chart(results);
  if (svg !== undefined) write('svg', svg);
  process.stdout.write(`\nWritten: bench/${name}.json${svg === undefined ? '' : ` and bench/${name}.svg`}\n`);
}

/** As the formatter of the project would write it: three decimals are more than the figures are worth, lists stay on a line. */
function jsonOf(results: Results): string {
  const rounded = (_key: string, value: unknown): unknown =>
    typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
  const text = JSON.stringify(results, rounded, 2);
  return `${text.replace(/\[\n[^\]{]*\]/g, list => list.replace(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'))}\n`;
}
