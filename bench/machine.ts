import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';

/** The core every measured server is pinned to. */
export const SERVER_CORE = 0;

/** The core of everything else: load, upstreams and this process. */
export const LOAD_CORE = 1;

/** On what the figures were taken. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
}

/** Describes the machine for the report. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    // Not availableParallelism(): this process is pinned to one of them.
    cores: cpus().length,
    node: process.version,
  };
}

/** A program that a run needs. */
export interface Tool {
  readonly name: string;
  /** With these it ends at once. */
  readonly args: readonly string[];
  /** The Debian package that has it. */
  readonly debian: string;
}

const TOOLS: readonly Tool[] = [
  { name: 'nginx', args: ['-v'], debian: 'nginx-light' },
  { name: 'wrk', args: ['-v'], debian: 'wrk' },
  { name: 'taskset', args: ['--version'], debian: 'util-linux' },
  { name: 'chrt', args: ['--version'], debian: 'util-linux' },
];

/** Tells what this machine lacks for a run, and how to get it; empty when nothing. @param further what else the run needs. */
export function whatIsMissing(further: readonly Tool[] = []): string[] {
  if (process.platform !== 'linux')
    return ['Linux: CPU time is read from /proc and servers are pinned by taskset.'];
  const missing = [...new Set([...TOOLS, ...further])].filter(
    ({ name, args }) => spawnSync(name, args).error !== undefined,
  );
  const faults = missing.map(tool => `${tool.name}, from Debian: apt-get install -y ${tool.debian}`);
  if (availableParallelism() < 2) faults.push('Two cores: one for the server, one for load and upstream.');
  return faults;
}

/** Moves this process, and with it all it will start, to the core of the load. */
export function leaveServerCore(): void {
  const { status, stderr } = spawnSync('taskset', ['-pc', String(LOAD_CORE), String(process.pid)]);
  if (status !== 0) throw new Error(`taskset: ${stderr.toString()}`);
}
