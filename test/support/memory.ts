import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** Processes that may have so much memory together, as in a container; the kernel kills what takes more. */
export interface MemoryGroup extends AsyncDisposable {
  /** The file to which a process writes 0 to join, with all it starts. */
  readonly procs: string;
}

/** Where the kernel of a machine has groups with a memory limit: version 1, then 2. */
const LAYOUTS = [
  { line: /^\d+:memory:(.*)$/m, root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { line: /^0::(.*)$/m, root: '/sys/fs/cgroup', limit: 'memory.max' },
] as const;

/** Makes a group; undefined where this process may not, or the kernel has none. */
export function openMemoryGroup(bytes: number): MemoryGroup | undefined {
  const own = readFileSync('/proc/self/cgroup', 'utf8');
  for (const { line, root, limit } of LAYOUTS) {
    const path = `${root}${line.exec(own)?.[1]}/test-${process.pid}`;
    try {
      mkdirSync(path);
    } catch {
      continue;
    }
    try {
      writeFileSync(`${path}/${limit}`, String(bytes));
    } catch {
      rmdirSync(path);
      continue;
    }
    return { procs: `${path}/cgroup.procs`, [Symbol.asyncDispose]: () => removeGroup(path) };
  }
  return undefined;
}

/** The kernel lets go of a group a moment after its last process has ended. */
async function removeGroup(path: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      rmdirSync(path);
      return;
    } catch (error) {
      if (attempt === 50) throw error;
      await setTimeout(100);
    }
  }
}

/** Bytes of a process that are in memory and its own: the kernel cannot take them back. */
export function anonymousBytes(pid: number | undefined): number {
  return readKilobytes(pid, 'RssAnon') * 1024;
}

/** Bytes of a process that are in memory. */
export function residentBytes(pid: number | undefined): number {
  return readKilobytes(pid, 'VmRSS') * 1024;
}

function readKilobytes(pid: number | undefined, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
}
