import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ProcessLog } from '../src/log.ts';
import { createLog } from '../src/log.ts';

// No interval runs: what is written was written because of how many lines there were, or was asked for.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'Date'] }));
afterEach(() => void vi.useRealTimers());

/** A log that goes to a file, and what stands there. */
interface FileLog extends Disposable {
  readonly log: ProcessLog;
  readonly written: () => Record<string, unknown>[];
}

function openLog(level: string): FileLog {
  const dir = mkdtempSync(join(tmpdir(), 'gateway-log-'));
  const fd = openSync(join(dir, 'log'), 'a');
  return {
    log: createLog(level, fd),
    written: () =>
      readFileSync(join(dir, 'log'), 'utf8')
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line)),
    [Symbol.dispose]() {
      closeSync(fd);
      rmSync(dir, { recursive: true });
    },
  };
}

it('lines stand in the order and with the time they were logged', async () => {
  using file = openLog('info');
  vi.setSystemTime('2026-08-17T02:00:00.999Z');
  file.log.info({ n: 1 }, 'first');
  vi.setSystemTime('2026-08-17T02:00:01.002Z');
  file.log.warn(() => ({ n: 2 }), 'second');
  await file.log.flush();
  expect(file.written()).toEqual([
    { level: 30, time: '2026-08-17T02:00:00.999Z', n: 1, msg: 'first' },
    { level: 40, time: '2026-08-17T02:00:01.002Z', n: 2, msg: 'second' },
  ]);
});

it('what is below the level is neither put together nor written', async () => {
  using file = openLog('warn');
  const fields = vi.fn(() => ({}));
  file.log.info(fields, 'unheard');
  file.log.error({}, 'heard');
  await file.log.flush();
  expect(fields).not.toHaveBeenCalled();
  expect(file.written().map(({ msg }) => msg)).toEqual(['heard']);
});

it.each([
  [63, 0],
  [64, 64],
  [65, 64],
])('of %i lines %i are written without being asked for', async (logged, written) => {
  using file = openLog('info');
  for (let n = 0; n < logged; n += 1) file.log.info({ n }, 'line');
  // Not vi.waitFor: it moves the interval that is not to run.
  while (file.written().length < written) await new Promise(resolve => setImmediate(resolve));
  expect(file.written()).toHaveLength(written);
  await file.log.flush();
  expect(file.written().map(({ n }) => n)).toEqual(Array.from({ length: logged }, (_, n) => n));
});
