import { checkOut, ROOT, startArguments } from './checkout.ts';
import type { Comparison } from './options.ts';
import type { Stage, Started } from './stage.ts';
import { createStage, untilRight } from './stage.ts';
import { median, quartiles } from './stats.ts';
import type { Shape } from './workloads/capacity.ts';
import { SHAPES, timeWindow } from './workloads/capacity.ts';

/** A checkout that is measured. */
interface Side {
  readonly title: string;
  readonly folder: string;
}

/** What one side took in each window: CPU time in microseconds a query, and its memory at the end in bytes. */
interface Measured {
  readonly cpu: number[];
  readonly rss: number[];
}

/**
 * Measures the working tree against git refs, in turns. In each round every side has one short window, so that the sides
 * of a round meet the same machine, and only the ratio within a round counts. All processes live for the whole time, and
 * only one is loaded at once. They are started anew several times: two processes of the same code differ.
 *
 * The working tree takes part twice. Its second ratio is the control: what differs from 1 there is the machine.
 * @returns the ratios, as a table.
 */
export async function compare(
  { refs, workloads, windows, restarts, warmUp, nodeArgs }: Comparison,
  say: (line: string) => void,
): Promise<string> {
  await using stage = await createStage(['gateway']);
  const sides: Side[] = [
    { title: 'working tree', folder: ROOT },
    { title: 'control: working tree again', folder: ROOT },
  ];
  for (const ref of refs) {
    say(`${ref}: check out and install …`);
    sides.push({ title: ref, folder: await checkOut(ref, stage.dir) });
  }
  const lines: string[] = [];
  for (const workload of workloads) {
    const measured = new Map(sides.map(side => [side, { cpu: [], rss: [] } as Measured]));
    for (let restart = 1; restart <= restarts; restart += 1) {
      say(`workload ${workload}, processes ${restart} of ${restarts} …`);
      await measureOnce(stage, measured, SHAPES[workload], { windows, warmUp, nodeArgs });
    }
    lines.push(...table(workload, sides, measured), '');
  }
  return lines.join('\n');
}

/** Starts a process of every side, and measures them in interleaved rounds. */
async function measureOnce(
  stage: Stage,
  measured: ReadonlyMap<Side, Measured>,
  shape: Shape,
  { windows, warmUp, nodeArgs }: Pick<Comparison, 'windows' | 'warmUp' | 'nodeArgs'>,
): Promise<void> {
  await using running = new AsyncDisposableStack();
  const turns: { readonly started: Started; readonly figures: Measured }[] = [];
  for (const [{ folder }, figures] of measured) {
    // The options of both sides alike: the entry point of before set some of them by itself.
    const args = nodeArgs === null ? startArguments(folder) : [...nodeArgs, 'src/main.ts'];
    const started = running.use(await stage.startIn(folder, args));
    await untilRight(started);
    await timeWindow(stage, started, shape, warmUp);
    turns.push({ started, figures });
  }
  for (let round = 0; round < windows; round += 1) {
    // Every second round runs backwards: whoever is next to another does not always come after it.
    for (const { started, figures } of round % 2 === 0 ? turns : turns.toReversed()) {
      figures.cpu.push((await timeWindow(stage, started, shape, 1)).cpu);
    }
  }
  for (const { started, figures } of turns) figures.rss.push(started.rss());
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
