import type { Check } from '../check.ts';
import { failed, passed } from '../check.ts';
import type { LocalInput } from '../input.ts';

const MEBIBYTE = 1024 * 1024;

/** Bytes that the process needs beside its heap: code, stacks, buffers. With little load it takes about half of them. */
export const BESIDE_HEAP = 64 * MEBIBYTE;

/** Checks that the heap fits into the memory limit: the system ends a process that exceeds it, and nothing is logged. */
export const memory: Check<LocalInput> = {
  id: 'memory',
  title: 'Memory',
  needs: [],
  run({ facts: { heapLimit, memoryLimit } }) {
    const heap = `heap limit ${mebibytes(heapLimit)}`;
    if (memoryLimit === null) return passed(`${heap}, no memory limit`);
    const found = `${heap}, memory limit ${mebibytes(memoryLimit)}`;
    if (heapLimit + BESIDE_HEAP <= memoryLimit) return passed(found);
    return failed(
      `${found}: the system ends the process without a message when both grow`,
      `Raise the memory limit to ${mebibytes(heapLimit + BESIDE_HEAP)}, or start Node.js with a smaller --max-old-space-size, as npm run start:small does.`,
    );
  },
};

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / MEBIBYTE)} MiB`;
}
