import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { chart } from './chart.ts';
import { ROOT } from './checkout.ts';
import { compare } from './compare.ts';
import { FIXTURES } from './fixtures/list.ts';
import { describeMachine, leaveServerCore, whatIsMissing } from './machine.ts';
import type { Options } from './options.ts';
import { readOptions } from './options.ts';
import { isVoid } from './outcome.ts';
import { jsonOf, publish } from './published.ts';
import { report } from './report.ts';
import type { Figures, Results } from './results.ts';
import { runWorkloads } from './results.ts';
import { SERVER_NAMES, SERVERS } from './servers/list.ts';
import { createStage } from './stage.ts';
import { WORKLOADS } from './workloads/letters.ts';

try {
  const options = readOptions(process.argv.slice(2));
  const missing = whatIsMissing(toolsFor(options));
  if (missing.length > 0) throw new Error(`The benchmark needs\n  ${missing.join('\n  ')}`);
  leaveServerCore();
  if (options.comparison === null) await measureAll(options);
  else process.stdout.write(await compare(options.comparison, say));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function toolsFor({ comparison, servers }: Options) {
  if (comparison !== null) return [];
  return servers.flatMap(name => {
    const { fixture } = SERVERS[name];
    return fixture === undefined ? [] : FIXTURES[fixture].tools;
  });
}

async function measureAll(options: Options): Promise<void> {
  installPeers();
  const results = await run(options);
  process.stdout.write(report(results));
  process.stdout.write(`\nWritten: ${save(results, options).join(' and ')}\n`);
  if (hasVoid(results.figures)) process.exitCode = 1;
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

/** Only a whole run is published; any other replaces the last of its kind. @returns the files. */
function save(results: Results, { quick, workloads, servers }: Options): string[] {
  const isWhole = !quick && workloads.length === WORKLOADS.length && servers.length === SERVER_NAMES.length;
  if (isWhole) return [`${relative(ROOT, publish(results))}; npm run codegen adds it to bench/README.md`];
  const drawing = chart([results]);
  const files = {
    'results.partial.json': jsonOf(results),
    ...(drawing === undefined ? {} : { 'results.partial.svg': drawing }),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(new URL(name, import.meta.url), text);
  return Object.keys(files).map(name => `bench/${name}`);
}

/** Whether a measurement of a server of ours does not count. */
function hasVoid({ d, ...figures }: Figures): boolean {
  const all = [...Object.values(figures), ...(d === undefined ? [] : Object.values(d))];
  return all.some(outcomes =>
    SERVER_NAMES.some(name => {
      const outcome = SERVERS[name].role === 'ours' ? outcomes[name] : undefined;
      return outcome !== undefined && isVoid(outcome);
    }),
  );
}
