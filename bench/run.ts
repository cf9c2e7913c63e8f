import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { chart } from './chart.ts';
import { compare } from './compare.ts';
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
  leaveServerCore();
  if (options.comparison === null) await measureAll(options);
  else process.stdout.write(await compare(options.comparison, say));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function measureAll(options: Options): Promise<void> {
  installPeers();
  const results = await run(options);
  process.stdout.write(report(results));
  save(results, options);
  const { a, b, c, e, f, g, h } = results.figures;
  const ours = [a, b, c, e, f, g, h].map(outcomes => outcomes?.gateway);
  if (ours.some(outcome => outcome !== undefined && isVoid(outcome))) process.exitCode = 1;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The other servers and the packages they need, by their own lock. */
function installPeers(): void {
  const { status } = spawnSync('npm', ['ci', '--prefix', import.meta.dirname], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The servers of the benchmark could not be installed.');
}

async function run(options: Options): Promise<Results> {
  await using stage = await createStage(options.servers);
  const figures = await runWorkloads(stage, options, say);
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
