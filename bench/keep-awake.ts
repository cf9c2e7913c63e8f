import { join } from 'node:path';
import type { Running } from './process.ts';
import { launch } from './process.ts';

/** Ends with the run, also with one that was killed. The inner loop keeps it out of the kernel most of the time. */
const LOOP =
  'while kill -0 "$PPID"; do n=0; while [ "$n" -lt 100000 ]; do n=$((n + 1)); done; done 2>/dev/null';

/**
 * Keeps a core of the machine from halting, by a loop that runs only while nothing else does. Where a core has halted,
 * which Linux lets a virtual one do after 200 µs, whoever wakes it by a write pays for leaving the virtual machine.
 * One request at a time, that was more than half of the system time of a gateway that paused a little longer than
 * 200 µs, and nothing for one that paused a little shorter.
 */
export function keepAwake(core: number, dir: string): Running {
  return launch({
    command: 'chrt',
    args: ['--idle', '0', 'sh', '-c', LOOP],
    env: {},
    core,
    log: join(dir, `keep-awake-${core}.log`),
    cwd: dir,
  });
}
