import { createAccessLog } from '../../src/observability/access-log.ts';
import { createObserver } from '../../src/observability/create-observer.ts';
import type { Fields, Log } from '../../src/observability/log.ts';
import { createLogSubscriber } from '../../src/observability/log-subscriber.ts';
import type { Observer } from '../../src/observability/observer.ts';

/** One thing that was logged. */
export interface LogLine {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that keeps its lines for the test to read. */
export interface MemoryLog {
  readonly log: Log;
  /** Logs there what it is notified of, as the gateway does. */
  readonly observer: Observer;
  readonly lines: readonly LogLine[];
  /** Settles once a message was logged so many times. */
  readonly said: (message: string, times: number) => Promise<void>;
}

/** Makes a log in memory; it takes every level. */
export function createMemoryLog(): MemoryLog {
  const lines: LogLine[] = [];
  const watchers = new Set<() => void>();
  const at = (level: keyof Log) => (fields: Fields, message: string) => {
    lines.push({ level, message, fields: { ...fields } });
    for (const look of watchers) look();
  };
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return {
    log,
    observer: createObserver([createAccessLog(log), createLogSubscriber(log)], log),
    lines,
    said: (message, times) =>
      new Promise(resolve => {
        const look = (): void => {
          if (lines.filter(line => line.message === message).length < times) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
  };
}
