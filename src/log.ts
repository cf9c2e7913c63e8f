import { writeSync } from 'node:fs';
import { destination, pino } from 'pino';
import type { Log } from './model/log.ts';
import { SENSITIVE_FIELDS } from './model/zoom-meeting.ts';

/** A second line of defence: nothing of ours logs these, and under these names they would not be written. */
const SECRETS = ['authorization', 'subscriptionKey', ...SENSITIVE_FIELDS];
const REDACTED = '[Redacted]';

/** What holds secrets as a whole; a caller goes by its name in the log, a text. pino's paths into them cost a third of a line. */
const WITHOUT_SECRETS = {
  caller: (caller: unknown): string => (typeof caller === 'string' ? caller : REDACTED),
  meeting: (): string => REDACTED,
};

/** A log that can be emptied before the process ends. */
export interface ProcessLog extends Log {
  /** Settles once all that was logged has been written, or cannot be. */
  flush(): Promise<void>;
  /** Writes at once what has not been written; to be called before anybody else at the end of a process, whatever ended it. */
  end(): void;
}

/** What may wait to be written; beyond it lines are dropped. */
const MAX_UNWRITTEN_BYTES = 4 * 1024 * 1024;

/** Lines are written together, as many characters or as many milliseconds at a time: a write for each costs as much as the line. */
const GATHERED = 16_000;
const FLUSH_INTERVAL = 100;

/**
 * Makes the log of a process, on pino.
 * @param level the least level that is written.
 * @param fd the file descriptor to write to; 1 is standard output.
 */
export function createLog(level: string, fd = 1): ProcessLog {
  const out = destination({ dest: fd, sync: false, minLength: GATHERED, maxLength: MAX_UNWRITTEN_BYTES });
  // When nobody reads the log any more, that is no reason to stop serving, nor to keep trying.
  let isRead = true;
  out.on('error', () => {
    isRead = false;
    out.destroy();
  });
  const lines = new Gathering(text => {
    if (isRead) out.write(text);
  });
  setInterval(() => {
    lines.handOn();
    if (isRead) out.flush();
  }, FLUSH_INTERVAL).unref();
  const log = pino(
    {
      level,
      base: null,
      redact: { paths: SECRETS, censor: REDACTED },
      serializers: WITHOUT_SECRETS,
      timestamp: createTimestamp(),
    },
    lines,
  );
  const at =
    (level: keyof Log) =>
    (fields: object, message: string): void => {
      if (isRead) log[level](fields, message);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    flush: () =>
      new Promise(resolve => {
        lines.handOn();
        if (!isRead) return resolve();
        out.once('error', () => resolve());
        out.flush(() => resolve());
      }),
    end() {
      try {
        writeSync(fd, lines.take());
      } catch {
        // Nobody reads any more: the destination would try for ever.
        out.destroy();
      }
    },
  };
}

/** Puts lines together. The destination would, but measures all that it holds anew at every line: half the cost of a line. */
class Gathering {
  readonly #write: (text: string) => void;
  #text = '';

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  write(line: string): void {
    this.#text += line;
    if (this.#text.length >= GATHERED) this.handOn();
  }

  handOn(): void {
    const text = this.take();
    if (text !== '') this.#write(text);
  }

  /** What was not handed on yet; it is no longer here. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}

/** Makes what gives a line its time. Written anew once a second only: a Date takes longer to write than the rest of a line. */
function createTimestamp(): () => string {
  let second = 0;
  let text = '';
  return () => {
    const now = Date.now();
    const millisecond = now % 1000;
    if (now - millisecond !== second) {
      second = now - millisecond;
      text = `,"time":"${new Date(second).toISOString().slice(0, -'000Z'.length)}`;
    }
    return `${text}${String(millisecond).padStart(3, '0')}Z"`;
  };
}
