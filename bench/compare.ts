import { checkOut, ROOT, startArguments } from './checkout.ts';
import type { Comparison } from './options.ts';
import { isVoid, Unclean } from './outcome.ts';
import { isServerName } from './servers/list.ts';
import type { Stage, Started } from './stage.ts';
import { createStage, untilRight } from './stage.ts';
import { median, quartiles } from './stats.ts';
import type { Shape } from './workloads/shapes.ts';
import { SHAPES } from './workloads/shapes.ts';
import { timeInTurns } from './workloads/turns.ts';

/** What is measured. */
interface Side {
  readonly title: string;
  readonly start: () => Promise<Started>;
}

/** What one side took in each window: CPU time in microseconds a query, and its memory at the end in bytes. */
interface Measured {
  readonly cpu: number[];
  readonly rss: number[];
}

/** Seconds of load of each side in a round. */
const WINDOW = 2;

/**
 * Measures the working tree against git refs, or against rows of the benchmark, in turns. All processes live for the whole
 * time, and only one is loaded at once. A round is so many turns of each side that CPU time can be measured, and only the
 * ratio within a round counts. The processes are started anew several times: two processes of the same code differ.
 *
 * The working tree takes part twice. The ratio of the two is the control: what it differs from 1 is the machine.
 * @returns the ratios, as a table.
 */
export async function compare(
  { refs, workloads, windows, restarts, warmUp, nodeArgs }: Comparison,
  say: (line: string) => void,
): Promise<string> {
  const rows = refs.filter(isServerName);
  await using stage = await createStage(['gateway', ...rows]);
  const startIn = (folder: string) => (): Promise<Started> =>
    // The options of all checkouts alike: the entry point of before set some of them by itself.
    stage.startIn(folder, nodeArgs === null ? startArguments(folder) : [...nodeArgs, 'src/main.ts']);
  const sides: Side[] = [
    { title: 'working tree', start: startIn(ROOT) },
    { title: 'control: working tree again', start: startIn(ROOT) },
    ...rows.map(name => ({ title: name, start: () => stage.start(name) })),
  ];
  for (const ref of refs.filter(one => !isServerName(one))) {
    say(`${ref}: check out and install …`);
    sides.push({ title: ref, start: startIn(await checkOut(ref, stage.dir)) });
  }
  const lines: string[] = [];
  for (const workload of workloads) {
    const measured = new Map(sides.map(side => [side, { cpu: [], rss: [] } as Measured]));
    for (let restart = 1; restart <= restarts; restart += 1) {
      say(`workload ${workload}, processes ${restart} of ${restarts} …`);
      await measureOnce(stage, measured, SHAPES[workload], { windows, warmUp });
    }
    lines.push(...table(workload, sides, measured), '');
  }
  return lines.join('\n');
}

/** Starts a process of every side, and measures them in rounds. */
async function measureOnce(
  stage: Stage,
  measured: ReadonlyMap<Side, Measured>,
  shape: Shape,
  { windows, warmUp }: Pick<Comparison, 'windows' | 'warmUp'>,
): Promise<void> {
  await using running = new AsyncDisposableStack();
  const started: Started[] = [];
  for (const { start } of measured.keys()) {
    const server = running.use(await start());
    await untilRight(server);
    started.push(server);
  }
  await timeInTurns(stage, started, shape, warmUp);
  for (let round = 0; round < windows; round += 1) {
    const outcomes = await timeInTurns(stage, started, shape, WINDOW);
    for (const [side, { cpu }] of [...measured.values()].entries()) {
      const outcome = outcomes[side];
      if (outcome !== undefined && isVoid(outcome)) throw new Unclean(outcome.void);
      cpu.push(outcome?.cpu ?? Number.NaN);
    }
  }
  for (const [side, { rss }] of [...measured.values()].entries())
    rss.push(started[side]?.rss() ?? Number.NaN);
}

function table(workload: string, sides: readonly Side[], measured: ReadonlyMap<Side, Measured>): string[] {
  const [ours, ...others] = sides.map(side => ({ title: side.title, ...(measured.get(side) ?? NOTHING) }));
  const mebibytes = ({ rss }: Measured): string => `${(median(rss) / 2 ** 20).toFixed(0)} MiB`;
  const micros = ({ cpu }: Measured): string => `${median(cpu).toFixed(0)} µs`;
  if (ours === undefined) return [];
  return [
    `(${workload}) working tree: ${micros(ours)} of CPU time a query, ${mebibytes(ours)}; ratio to`,
    ...others.map(other => {
      const ratios = ours.cpu.map((spent, round) => spent / (other.cpu[round] ?? Number.NaN));
      const [low, high] = quartiles(ratios);
      return [
        `  ${other.title.padEnd(40)} ${median(ratios).toFixed(3)}`,
        `quartiles ${low.toFixed(3)} to ${high.toFixed(3)}`,
        `${ratios.length} rounds`,
        `its own ${micros(other)}, ${mebibytes(other)}`,
      ].join('; ');
    }),
  ];
}

const NOTHING: Measured = { cpu: [], rss: [] };
