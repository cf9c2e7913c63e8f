import { write, writeSync } from 'node:fs';

/** Most bytes that are queued to be written; lines beyond it are lost. */
export const MAX_UNWRITTEN_BYTES = 4 * 1024 * 1024;

/** Lines are written together once they have so many characters, or after so many milliseconds: a write for each would cost more than the line. */
export const MIN_WRITE_LENGTH = 16 * 1024;
export const WRITE_INTERVAL = 100;

/** Longest wait for the last lines when the process ends, in milliseconds. */
export const FLUSH_LIMIT = 1_000;

/** Delay before a write is retried when a pipe (64 KiB) or a disk is full, in milliseconds. */
export const RETRY_DELAY = 20;

/** Error codes of a write after which no other can succeed: the reader is gone, or nothing is open. */
const CLOSED = new Set(['EPIPE', 'ECONNRESET', 'EBADF']);

/** Error codes of a write to a slow reader. */
const FULL = new Set(['EAGAIN', 'EWOULDBLOCK']);

/** Writes bytes to a file descriptor as `fs.write` does, and calls back with how many were written. */
export type Write = (
  fd: number,
  bytes: Buffer,
  done: (error: NodeJS.ErrnoException | null, written: number) => void,
) => void;

/** Where a log goes. */
export interface LogTarget {
  /** A file, or a pipe or socket that does not block: a blocked write would keep the process from ending. */
  readonly fd: number;
  /** Warns operators, elsewhere than in the log, that it cannot be written. */
  readonly warn: (sentence: string) => void;
  /** By default `fs.write`. */
  readonly write?: Write;
}

/**
 * Where pino writes its lines: in the order they come, many at a time, without blocking. What cannot be written is kept,
 * up to `MAX_UNWRITTEN_BYTES`, and retried until it can: a disk that was full may have room again. Once the reader
 * is gone it stops for good.
 *
 * pino's own destination was looked at: it stops for good at the first error, such as a full disk, does not say how many
 * lines were lost, and at the end of a process retries without end where nobody reads.
 */
export class LogOutput {
  /** How many lines could not be written so far. */
  droppedLines = 0;
  readonly #fd: number;
  readonly #warn: (sentence: string) => void;
  readonly #write: Write;
  readonly #onRecovery: (lost: number) => void;
  /** Lines that are buffered until there are enough of them. */
  #buffer = '';
  /** Chunks that are not written yet; of the first, what is left of it. */
  readonly #queue: Buffer[] = [];
  #bytes = 0;
  #state: 'idle' | 'writing' | 'waiting' | 'retrying' | 'closed' = 'idle';
  /** Whether a write failed, or lines were lost, since the queue was last empty. */
  #failing = false;
  #reported = 0;
  /** Whether the end of the process has waited for the log already. */
  #flushed = false;
  #onIdle: () => void = () => {};

  /** @param onRecovery called with the number of lost lines, if there are any, once the queue has been written. */
  constructor({ fd, warn, write: writeTo = write }: LogTarget, onRecovery: (lost: number) => void) {
    this.#fd = fd;
    this.#warn = warn;
    this.#write = writeTo;
    this.#onRecovery = onRecovery;
    setInterval(() => this.#writeBuffer(), WRITE_INTERVAL).unref();
  }

  /** Whether lines are still accepted: false once the reader is gone. */
  get isOpen(): boolean {
    return this.#state !== 'closed';
  }

  /** Takes a line. */
  write(line: string): void {
    if (this.isOpen) this.#buffer += line;
    else this.droppedLines += 1;
    if (this.#buffer.length >= MIN_WRITE_LENGTH) this.#writeBuffer();
  }

  /** Settles once all has been written, or cannot be, or after `FLUSH_LIMIT`. */
  async flush(): Promise<void> {
    this.#writeBuffer();
    if (this.#state === 'idle' || this.#state === 'closed') return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    const timer = setTimeout(resolve, FLUSH_LIMIT);
    await promise;
    clearTimeout(timer);
    this.#flushed = true;
  }

  /** Writes at once, for the last time; waits for a slow reader up to `FLUSH_LIMIT`, if `flush` has not done so. */
  end(): void {
    if (!this.isOpen) return;
    const isRetrying = this.#state === 'retrying';
    // A thread writes it before the process ends, and nobody learns whether it was refused.
    const inFlight = isRetrying || this.#state === 'writing' ? this.#queue.shift() : undefined;
    this.#queue.push(Buffer.from(this.#buffer));
    const until = performance.now() + (this.#flushed ? 0 : FLUSH_LIMIT);
    let rest = Buffer.concat(this.#queue);
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(this.#fd, rest));
      } catch (error) {
        if (!FULL.has(codeOf(error)) || performance.now() >= until) break;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_DELAY);
      }
    }
    this.#state = 'closed';
    const isRefused = isRetrying || rest.length > 0;
    const refused = inFlight && isRefused ? [inFlight, rest] : [rest];
    const lost = this.droppedLines - this.#reported + countLines(Buffer.concat(refused));
    if (lost > 0) this.#warn(`${lost} lines of the log could not be written.`);
  }

  #writeBuffer(): void {
    if (!this.isOpen || this.#buffer === '') return;
    const bytes = Buffer.from(this.#buffer);
    this.#buffer = '';
    if (this.#bytes + bytes.length > MAX_UNWRITTEN_BYTES) {
      this.droppedLines += countLines(bytes);
      this.#fail('its reader or disk is too slow');
      return;
    }
    this.#queue.push(bytes);
    this.#bytes += bytes.length;
    if (this.#state === 'idle') this.#writeNext();
  }

  #writeNext(state: 'writing' | 'retrying' = 'writing'): void {
    const [first] = this.#queue;
    if (first === undefined) {
      this.#becomeIdle();
      return;
    }
    this.#state = state;
    this.#write(this.#fd, first, (error, written) => {
      if (!this.isOpen) return;
      if (error) {
        this.#onError(error);
        return;
      }
      this.#bytes -= written;
      if (written < first.length) this.#queue[0] = first.subarray(written);
      else this.#queue.shift();
      this.#writeNext();
    });
  }

  #becomeIdle(): void {
    this.#state = 'idle';
    this.#failing = false;
    const lost = this.droppedLines - this.#reported;
    this.#reported = this.droppedLines;
    if (lost > 0) this.#onRecovery(lost);
    this.#onIdle();
  }

  #onError(error: NodeJS.ErrnoException): void {
    const code = codeOf(error);
    if (CLOSED.has(code)) {
      this.#fail(`nobody reads it (${code})`);
      this.#state = 'closed';
      this.droppedLines += countLines(Buffer.concat([...this.#queue, Buffer.from(this.#buffer)]));
      this.#queue.length = 0;
      this.#buffer = '';
      this.#onIdle();
      return;
    }
    if (!FULL.has(code)) this.#fail(error.message);
    this.#state = 'waiting';
    setTimeout(() => {
      if (this.isOpen) this.#writeNext('retrying');
    }, RETRY_DELAY).unref();
  }

  /** Warns on the first failure only, until the queue has been written. */
  #fail(reason: string): void {
    if (!this.#failing) this.#warn(`The log cannot be written: ${reason}.`);
    this.#failing = true;
  }
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf('\n'); at !== -1; at = bytes.indexOf('\n', at + 1)) count += 1;
  return count;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
