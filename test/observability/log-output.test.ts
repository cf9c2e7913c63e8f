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

// No interval runs: what is written was written because of how many lines there were, or was asked for.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'Date'] }));
afterEach(() => void vi.useRealTimers());

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
    ['being written before one that is refused', ['2 lines of the log could not be written.']],
  ])('at the end of the process, a line that is %s is reported: %j', (when, reported) => {
    vi.useFakeTimers();
    const { output, write, writes, warnings } = openOutput();
    write('line\n');
    if (when === 'being written again') {
      writes.shift()?.done(refused('EAGAIN'), 0);
      vi.advanceTimersByTime(RETRY_DELAY);
    }
    expect(writes).toHaveLength(1);
    if (when === 'being written before one that is refused') output.write('the next\n');
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
