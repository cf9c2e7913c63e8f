import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Write } from '../../src/observability/log-output.ts';
import {
  FLUSH_LIMIT,
  LogOutput,
  MAX_UNWRITTEN_BYTES,
  MIN_WRITE_LENGTH,
  RETRY_DELAY,
  WRITE_INTERVAL,
} from '../../src/observability/log-output.ts';
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

it.each([-1, 0, 1])(
  'lines that are %i characters from the least length of a write are written by themselves only from there on',
  async beyond => {
    const { output, writes } = openOutput();
    const line = `${'x'.repeat(MIN_WRITE_LENGTH / 2 - 1)}\n`;
    output.write(line);
    expect(writes).toEqual([]);
    output.write(beyond === -1 ? line.slice(1) : `${'x'.repeat(beyond)}${line}`);
    expect(writes).toHaveLength(beyond === -1 ? 0 : 1);
    vi.advanceTimersByTime(WRITE_INTERVAL);
    expect(writes).toHaveLength(1);
  },
);

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
  /** Takes a line, and waits for as long as lines are gathered. */
  const write = (line: string) => {
    output.write(line);
    vi.advanceTimersByTime(WRITE_INTERVAL);
  };
  return { output, write, writes, answerAll, warnings, recoveries };
}

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

  it('that is full a second time is told a second time', () => {
    vi.useFakeTimers();
    const { write, writes, answerAll, warnings } = openOutput();
    for (const time of [1, 2]) {
      write('line\n');
      writes.shift()?.done(refused('ENOSPC'), 0);
      vi.advanceTimersByTime(RETRY_DELAY);
      writes.shift()?.done(refused('ENOSPC'), 0);
      vi.advanceTimersByTime(RETRY_DELAY);
      expect(answerAll()).toBe('line\n');
      expect(warnings).toHaveLength(time);
    }
  });

  it('that takes half a line gets the rest of it later', () => {
    vi.useFakeTimers();
    const { write, writes, answerAll } = openOutput();
    write('one line\n');
    writes.shift()?.done(null, 4);
    writes.shift()?.done(refused('ENOSPC'), 0);
    vi.advanceTimersByTime(RETRY_DELAY);
    expect(answerAll()).toBe('line\n');
  });
});

describe('a reader that stalls', () => {
  it.each([
    [-1, 0],
    [0, 0],
    [1, 1],
  ])('leaves what it would take waiting up to the limit: %i bytes beyond, %i lost', (beyond, lost) => {
    const { write, answerAll, warnings, recoveries } = openOutput();
    const last = 'the last\n';
    write(`${'x'.repeat(MAX_UNWRITTEN_BYTES - last.length + beyond - 1)}\n`);
    write(last);
    expect(answerAll().endsWith(last)).toBe(lost === 0);
    expect(recoveries).toEqual(lost === 0 ? [] : [lost]);
    expect(warnings).toEqual(
      lost === 0 ? [] : ['The log cannot be written: its reader or disk is too slow.'],
    );
  });

  it('is waited for no longer than the limit, and no outage is told', async () => {
    vi.useFakeTimers();
    const { output, write, writes, warnings } = openOutput();
    write('line\n');
    writes.shift()?.done(refused('EAGAIN'), 0);
    const flushed = vi.fn();
    const flush = output.flush().then(flushed);
    await vi.advanceTimersByTimeAsync(FLUSH_LIMIT - 1);
    expect(flushed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await flush;
    expect(warnings).toEqual([]);
  });

  it.each([
    ['being written for the first time', []],
    ['being written again', ['1 lines of the log could not be written.']],
  ])('at the end of the process, a line that is %s is reported: %j', (when, reported) => {
    vi.useFakeTimers();
    const { output, write, writes, warnings } = openOutput();
    write('line\n');
    if (when === 'being written again') {
      writes.shift()?.done(refused('EAGAIN'), 0);
      vi.advanceTimersByTime(RETRY_DELAY);
    }
    expect(writes).toHaveLength(1);
    output.end();
    expect(warnings).toEqual(reported);
  });

  it('gets everything once it reads again', () => {
    vi.useFakeTimers();
    const { output, write, writes, answerAll, warnings } = openOutput();
    write('a\n');
    writes.shift()?.done(refused('EAGAIN'), 0);
    output.write('b\n');
    expect(writes).toEqual([]);
    vi.advanceTimersByTime(WRITE_INTERVAL);
    expect(answerAll()).toBe('a\nb\n');
    expect(warnings).toEqual([]);
  });
});

it.each(['EPIPE', 'ECONNRESET', 'EBADF'])(
  'after %s nothing is kept or tried, and stderr says why',
  async code => {
    const { output, write, writes, warnings } = openOutput();
    write('a\n');
    write('b\n');
    const flush = output.flush();
    writes.shift()?.done(refused(code), 0);
    await flush;
    expect(output.isOpen).toBe(false);
    write('c\n');
    expect(writes).toEqual([]);
    expect(warnings).toEqual([`The log cannot be written: nobody reads it (${code}).`]);
  },
);
