import { pino } from 'pino';
import type { Log } from './log.ts';
import type { LogTarget } from './log-output.ts';
import { LogOutput } from './log-output.ts';
import type { FormatLine } from './pretty-format.ts';

const REDACTED = '[Redacted]';

/** Objects that hold secrets are redacted as a whole; paths into them would cost a third of a line. A caller is logged by its id, a text. */
const SERIALIZERS = {
  caller: (caller: unknown): string => (typeof caller === 'string' ? caller : REDACTED),
  meeting: (): string => REDACTED,
};

/** What a log is made of. */
export interface LogOptions {
  /** The least level that is written. */
  readonly level: string;
  /** Names of fields whose values are never written: a second line of defence, as nothing of ours logs them. */
  readonly secretFields: readonly string[];
  readonly target: LogTarget;
  /** Formats each line; by default it is written as JSON. */
  readonly format?: FormatLine | undefined;
}

/** A log that can be emptied before the process ends. */
export interface ProcessLog extends Log {
  /** How many lines could not be written so far. */
  readonly droppedLines: () => number;
  /** Settles once all that was logged has been written, or cannot be, or after `FLUSH_LIMIT`. */
  flush(): Promise<void>;
  /** Writes at once what has not been written; to be called before anybody else at the end of a process, whatever ended it. */
  end(): void;
}

/** Makes the log of a process, on pino. */
export function createLog({ level, secretFields, target, format }: LogOptions): ProcessLog {
  const output = new LogOutput(target, lost => log.error({ lines: lost }, 'lines of the log were lost'));
  const log = pino(
    {
      level,
      base: null,
      redact: { paths: [...secretFields], censor: REDACTED },
      serializers: SERIALIZERS,
      timestamp: createTimestamp(),
    },
    format === undefined ? output : { write: line => output.write(format(line)) },
  );
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
    droppedLines: () => output.droppedLines,
    flush: () => output.flush(),
    end: () => output.end(),
  };
}

/** Makes what gives a line its time in UTC. Formatted once a second only: to format a date takes longer than the rest of a line. */
export function createTimestamp(now: () => number = Date.now): () => string {
  let second = Number.NaN;
  let text = '';
  return () => {
    const time = now();
    const milliseconds = time % 1000;
    if (time - milliseconds !== second) {
      second = time - milliseconds;
      text = `,"time":"${new Date(second).toISOString().slice(0, -'000Z'.length)}`;
    }
    return `${text}${String(milliseconds).padStart(3, '0')}Z"`;
  };
}
