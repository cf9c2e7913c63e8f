import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A pipe whose reader does only what the test says. */
export interface Pipe extends Disposable {
  /** What a program writes to; as from a shell, it blocks. */
  readonly input: number;
  /** Settles with the match once what was read matches. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Writes until no byte more has room. */
  fill(): void;
}

/** Opens a pipe. */
export function openPipe(): Pipe {
  const dir = mkdtempSync(join(tmpdir(), 'gateway-pipe-'));
  const path = join(dir, 'pipe');
  execFileSync('mkfifo', [path]);
  const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const input = openSync(path, constants.O_WRONLY);
  const chunk = Buffer.alloc(64 * 1024);
  let text = '';
  return {
    input,
    async says(pattern) {
      for (;;) {
        const read = unlessBlocked(() => readSync(both, chunk)) ?? 0;
        text += chunk.toString('utf8', 0, read);
        const match = pattern.exec(text);
        if (match) return match;
        await new Promise(resolve => setImmediate(resolve));
      }
    },
    fill() {
      for (const size of [4096, 1])
        while (unlessBlocked(() => writeSync(both, chunk, 0, size)) !== undefined);
    },
    [Symbol.dispose]() {
      closeSync(input);
      closeSync(both);
      rmSync(dir, { recursive: true });
    },
  };
}

function unlessBlocked<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined;
    throw error;
  }
}
