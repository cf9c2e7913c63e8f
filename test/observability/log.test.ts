import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Write } from '../../src/observability/log-output.ts';
import { FLUSH_LIMIT, LogOutput, MAX_UNWRITTEN_BYTES } from '../../src/observability/log-output.ts';
import type { ProcessLog } from '../../src/observability/logger.ts';
import { createLog } from '../../src/observability/logger.ts';
import { openFullDisk } from '../support/full-disk.ts';

// No interval runs: what is written was written because of how many lines there were, or was asked for.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'Date'] }));
afterEach(() => void vi.useRealTimers());

/** A log that goes to a file, and what stands there. */
interface FileLog extends Disposable {
  readonly log: ProcessLog;
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
    log: createLog(level, { fd, warn, ...(writeTo ? { write: writeTo } : {}) }),
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

/** Whether there is a file that refuses every write as a full disk does. */
const HAS_FULL = existsSync('/dev/full');

/** The error of a write that the system refused. */
const refused = (code: string) => Object.assign(new Error(`${code}: refused, write`), { code });

/** An output whose writes are answered by the test. */
function openOutput() {
  const warnings: string[] = [];
  const recoveries: number[] = [];
  const writes: { text: string; done: Parameters<Write>[2] }[] = [];
  const output = new LogOutput(
    {
      fd: -1,
      warn: sentence => void warnings.push(sentence),
      write: (_fd, bytes, done) => void writes.push({ text: bytes.toString(), done }),
    },
    lost => void recoveries.push(lost),
  );
  /** Answers writes in full until there are none. */
  const answerAll = () => {
    let text = '';
    for (let next = writes.shift(); next; next = writes.shift()) {
      text += next.text;
      next.done(null, Buffer.byteLength(next.text));
    }
    return text;
  };
  return { output, writes, answerAll, warnings, recoveries };
}

describe('a full disk', () => {
  it.runIf(HAS_FULL)(
    'is written to again once it has room, in order; stderr says so once, and nothing is lost',
    async () => {
      using full = openFullDisk();
      using file = openLog('info', full.write);
      for (let n = 0; n < 200; n += 1) file.log.info({ n }, 'line');
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

  it('that is full a second time is told a second time', () => {
    vi.useFakeTimers();
    const { output, writes, answerAll, warnings } = openOutput();
    for (const time of [1, 2]) {
      output.write('line\n');
      writes.shift()?.done(refused('ENOSPC'), 0);
      vi.runAllTimers();
      writes.shift()?.done(refused('ENOSPC'), 0);
      vi.runAllTimers();
      expect(answerAll()).toBe('line\n');
      expect(warnings).toHaveLength(time);
    }
  });

  it('that takes half a line gets the rest of it later', () => {
    vi.useFakeTimers();
    const { output, writes, answerAll } = openOutput();
    output.write('one line\n');
    writes.shift()?.done(null, 4);
    writes.shift()?.done(refused('ENOSPC'), 0);
    vi.runAllTimers();
    expect(answerAll()).toBe('line\n');
  });
});

describe('a reader that stalls', () => {
  it.each([
    [-1, 0],
    [0, 0],
    [1, 1],
  ])('leaves what it would take waiting up to the limit: %i bytes beyond, %i lost', (beyond, lost) => {
    const { output, answerAll, warnings, recoveries } = openOutput();
    const last = 'the last\n';
    output.write(`${'x'.repeat(MAX_UNWRITTEN_BYTES - last.length + beyond - 1)}\n`);
    output.write(last);
    expect(answerAll().endsWith(last)).toBe(lost === 0);
    expect(recoveries).toEqual(lost === 0 ? [] : [lost]);
    expect(warnings).toEqual(
      lost === 0 ? [] : ['The log cannot be written: its reader or disk is too slow.'],
    );
  });

  it('is waited for no longer than the limit, and no outage is told', async () => {
    vi.useFakeTimers();
    const { output, writes, warnings } = openOutput();
    output.write('line\n');
    writes.shift()?.done(refused('EAGAIN'), 0);
    const flushed = vi.fn();
    const flush = output.flush().then(flushed);
    await vi.advanceTimersByTimeAsync(FLUSH_LIMIT - 1);
    expect(flushed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await flush;
    expect(warnings).toEqual([]);
  });

  it('gets everything once it reads again', () => {
    vi.useFakeTimers();
    const { output, writes, answerAll, warnings } = openOutput();
    output.write('a\n');
    writes.shift()?.done(refused('EAGAIN'), 0);
    output.write('b\n');
    expect(writes).toEqual([]);
    vi.runAllTimers();
    expect(answerAll()).toBe('a\nb\n');
    expect(warnings).toEqual([]);
  });
});

it.each(['EPIPE', 'ECONNRESET', 'EBADF'])(
  'after %s nothing is kept or tried, and stderr says why',
  async code => {
    const { output, writes, warnings } = openOutput();
    output.write('a\n');
    output.write('b\n');
    const flush = output.flush();
    writes.shift()?.done(refused(code), 0);
    await flush;
    expect(output.isOpen).toBe(false);
    output.write('c\n');
    expect(writes).toEqual([]);
    expect(warnings).toEqual([`The log cannot be written: nobody reads it (${code}).`]);
  },
);
