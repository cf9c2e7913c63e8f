import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Write } from '../../src/observability/log-output.ts';
import { MAX_UNWRITTEN_BYTES, MIN_WRITE_LENGTH } from '../../src/observability/log-output.ts';
import type { ProcessLog } from '../../src/observability/logger.ts';
import { createLog } from '../../src/observability/logger.ts';
import { openFullDisk } from '../support/full-disk.ts';

// No interval runs: what is written was written because of how many lines there were, or was asked for.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'Date'] }));
afterEach(() => void vi.useRealTimers());

/** A log of any fields. */
interface AnyLog extends Pick<ProcessLog, 'flush' | 'end'> {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A log that goes to a file, and what stands there. */
interface FileLog extends Disposable {
  readonly log: AnyLog;
  readonly written: () => Record<string, unknown>[];
  /** What was said elsewhere. */
  readonly warnings: readonly string[];
}

function openLog(level: string, writeTo?: Write): FileLog {
  const dir = mkdtempSync(join(tmpdir(), 'gateway-log-'));
  const fd = openSync(join(dir, 'log'), 'a');
  const warnings: string[] = [];
  const warn = (sentence: string) => void warnings.push(sentence);
  return {
    log: createLog({
      level,
      secretFields: ['hostKey'],
      target: { fd, warn, ...(writeTo ? { write: writeTo } : {}) },
    }),
    written: () =>
      readFileSync(join(dir, 'log'), 'utf8')
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line)),
    warnings,
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
  file.log.warn({ n: 2 }, 'second');
  await file.log.flush();
  expect(file.written()).toEqual([
    { level: 30, time: '2026-08-17T02:00:00.999Z', n: 1, msg: 'first' },
    { level: 40, time: '2026-08-17T02:00:01.002Z', n: 2, msg: 'second' },
  ]);
});

it('what is below the level is neither serialized nor written', async () => {
  using file = openLog('warn');
  const toJSON = vi.fn();
  file.log.info({ toJSON }, 'unheard');
  file.log.error({}, 'heard');
  await file.log.flush();
  expect(toJSON).not.toHaveBeenCalled();
  expect(file.written().map(({ msg }) => msg)).toEqual(['heard']);
});

it('secrets are redacted by the names of their fields', async () => {
  using file = openLog('info');
  file.log.info({ hostKey: 'secret', caller: { key: 'secret' }, meeting: { topic: 'secret' } }, 'line');
  file.log.info({ caller: 'id' }, 'line');
  await file.log.flush();
  const REDACTED = '[Redacted]';
  expect(file.written()).toMatchObject([
    { hostKey: REDACTED, caller: REDACTED, meeting: REDACTED },
    { caller: 'id' },
  ]);
});

/** Whether there is a file that refuses every write as a full disk does. */
const HAS_FULL = existsSync('/dev/full');

describe('a full disk', () => {
  it.runIf(HAS_FULL)(
    'is written to again once it has room, in order; stderr says so once, and nothing is lost',
    async () => {
      using full = openFullDisk();
      using file = openLog('info', full.write);
      const text = 'x'.repeat(MIN_WRITE_LENGTH / 100);
      for (let n = 0; n < 200; n += 1) file.log.info({ n, text }, 'line');
      await full.refused(3);
      expect(file.written()).toEqual([]);
      expect(file.warnings).toEqual(['The log cannot be written: ENOSPC: no space left on device, write.']);
      full.makeRoom();
      await file.log.flush();
      expect(file.written().map(({ n }) => n)).toEqual(Array.from({ length: 200 }, (_, n) => n));
      expect(file.warnings).toHaveLength(1);
    },
  );

  it.runIf(HAS_FULL)(
    'that is full for too long loses lines, and the log says how many when it is written again',
    async () => {
      using full = openFullDisk();
      using file = openLog('error', full.write);
      const fields = { text: 'x'.repeat(MAX_UNWRITTEN_BYTES / 1_000) };
      for (let n = 0; n < 64 * 20; n += 1) file.log.error({ n, ...fields }, 'line');
      await full.refused(1);
      full.makeRoom();
      await file.log.flush();
      const kept = file.written().length;
      expect(kept).toBeLessThan(1_000);
      await file.log.flush();
      expect(file.written().slice(kept)).toMatchObject([
        { level: 50, lines: 64 * 20 - kept, msg: 'lines of the log were lost' },
      ]);
      expect(file.warnings).toHaveLength(1);
    },
  );
});
