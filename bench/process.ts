import { spawn } from 'node:child_process';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How to start a process. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly core: number;
  /** File that takes standard output and standard error. */
  readonly log: string;
  readonly cwd: string;
}

/** A process of this run, pinned to its core. */
export interface Running extends AsyncDisposable {
  /** CPU time so far in microseconds, user and system, of all threads. NaN once it has ended, as all numbers here. */
  readonly cpu: () => number;
  /** Resident memory in bytes. */
  readonly rss: () => number;
  /** The part of it that is not mapped from files, which the kernel cannot take back where memory is short. */
  readonly ownMemory: () => number;
  /** Whether its main thread runs or could run at this moment. */
  readonly isBusy: () => boolean;
  readonly exited: () => boolean;
}

const alive = new Set<number>();

// A run that is interrupted or fails must leave nothing behind.
process.once('exit', () => {
  for (const pid of alive) process.kill(pid, 'SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

/** Starts a process. Its environment is what is given and where programs are found, nothing else of ours. */
export function launch({ command, args, env, core, log, cwd }: Launch): Running {
  const out = openSync(log, 'a');
  // taskset becomes the command it starts, so the process id stays the same.
  const child = spawn('taskset', ['-c', String(core), command, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', out, out],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} did not start`);
  alive.add(pid);
  const gone = new Promise<void>(resolve => {
    child.once('exit', () => {
      alive.delete(pid);
      resolve();
    });
  });
  const whileAlive = (read: (pid: number) => number) => () => (alive.has(pid) ? read(pid) : Number.NaN);
  return {
    cpu: whileAlive(cpuOf),
    rss: whileAlive(() => bytesOf(pid, 'VmRSS')),
    ownMemory: whileAlive(() => bytesOf(pid, 'RssAnon')),
    isBusy: () => alive.has(pid) && isRunnable(pid),
    exited: () => !alive.has(pid),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await Promise.race([gone, sleep(3_000, undefined, { ref: false })]);
      if (alive.has(pid)) child.kill('SIGKILL');
      await gone;
    },
  };
}

function isRunnable(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The state follows the command's name, which is in brackets and may hold spaces.
  return stat.startsWith(') R', stat.lastIndexOf(')'));
}

/** In nanoseconds by the scheduler: utime and stime are in hundredths of a second, a fifth of a turn of the benchmark. */
function cpuOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map(id =>
    Number.parseInt(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'latin1'), 10),
  );
  return times.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1000;
}

function bytesOf(pid: number, field: 'VmRSS' | 'RssAnon'): number {
  const lines = readFileSync(`/proc/${pid}/status`, 'latin1').split('\n');
  const [, kibibytes] = lines.find(line => line.startsWith(field))?.split(/\s+/) ?? [];
  return Number(kibibytes) * 1024;
}
