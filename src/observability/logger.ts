import type { Logger } from 'pino';
import { pino } from 'pino';
import { SENSITIVE_FIELDS } from '../luminus/meeting.ts';
import type { Fields, Log } from './log.ts';
import type { LogTarget } from './log-output.ts';
import { LogOutput } from './log-output.ts';

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
  /** Settles once all that was logged has been written, or cannot be, or after `FLUSH_LIMIT`. */
  flush(): Promise<void>;
  /** Writes at once what has not been written; to be called before anybody else at the end of a process, whatever ended it. */
  end(): void;
}

/** So many lines, or those of so many milliseconds, are put into words and written together: each by itself would take twice the time. */
const GATHERED = 64;
const FLUSH_INTERVAL = 100;

/**
 * Makes the log of a process, on pino.
 * @param level the least level that is written.
 * @param target where to.
 */
export function createLog(level: string, target: LogTarget): ProcessLog {
  const lines = new Lines(level);
  const out = new LogOutput(target, lost => log.error({ lines: lost }, 'lines of the log were lost'));
  const write = (): void => out.write(lines.take());
  setInterval(write, FLUSH_INTERVAL).unref();
  const at = (level: keyof Log) => {
    if (!lines.has(level)) return () => {};
    return (fields: Fields, message: string): void => {
      // When nobody reads the log any more, that is no reason to stop serving, nor to keep lines.
      if (out.isOpen && lines.add(level, fields, message) >= GATHERED) write();
    };
  };
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return {
    ...log,
    flush() {
      write();
      return out.flush();
    },
    end: () => out.end(lines.take()),
  };
}

/** What was logged and is not written yet. */
class Lines {
  #told: { level: keyof Log; fields: Fields; message: string; time: number }[] = [];
  #text = '';
  /** When the line was logged that is put into words. */
  #time = 0;
  readonly #pino: Logger;

  constructor(level: string) {
    const stamp = createTimestamp();
    this.#pino = pino(
      {
        level,
        base: null,
        redact: { paths: SECRETS, censor: REDACTED },
        serializers: WITHOUT_SECRETS,
        timestamp: () => stamp(this.#time),
      },
      {
        write: line => {
          this.#text += line;
        },
      },
    );
  }

  /** Whether lines of a level are written at all. */
  has(level: keyof Log): boolean {
    return this.#pino.isLevelEnabled(level);
  }

  /** Adds a line. @returns how many there are. */
  add(level: keyof Log, fields: Fields, message: string): number {
    return this.#told.push({ level, fields, message, time: Date.now() });
  }

  /** All lines, in words; they are no longer here. */
  take(): string {
    const told = this.#told;
    this.#told = [];
    for (const { level, fields, message, time } of told) {
      this.#time = time;
      this.#pino[level](typeof fields === 'function' ? fields() : fields, message);
    }
    const text = this.#text;
    this.#text = '';
    return text;
  }
}

/** Makes what gives a line its time. Written anew once a second only: a Date takes longer to write than the rest of a line. */
function createTimestamp(): (time: number) => string {
  let second = 0;
  let text = '';
  return time => {
    const millisecond = time % 1000;
    if (time - millisecond !== second) {
      second = time - millisecond;
      text = `,"time":"${new Date(second).toISOString().slice(0, -'000Z'.length)}`;
    }
    return `${text}${String(millisecond).padStart(3, '0')}Z"`;
  };
}
