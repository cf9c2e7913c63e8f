import { closeSync, openSync, write } from 'node:fs';
import type { Write } from '../../src/observability/log-output.ts';

/** A disk that is full until there is room: writes go to one that always is, so that the errors are the system's. */
export function openFullDisk() {
  const fd = openSync('/dev/full', 'w');
  let isFull = true;
  let refusals = 0;
  return {
    write: (to: number, bytes: Buffer, done: Parameters<Write>[2]) => {
      write(isFull ? fd : to, bytes, (error, written) => {
        if (error) refusals += 1;
        done(error, written);
      });
    },
    /** Settles once so many writes were refused. */
    async refused(times: number): Promise<void> {
      while (refusals < times) await new Promise(resolve => setImmediate(resolve));
    },
    makeRoom() {
      isFull = false;
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}
