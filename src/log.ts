import { destination, pino } from 'pino';
import type { Log } from './model/log.ts';
import { SENSITIVE_FIELDS } from './model/zoom-meeting.ts';

/** A second line of defence: nothing of ours logs these, and if it did they would not be written. */
const SECRETS = ['authorization', 'subscriptionKey', ...SENSITIVE_FIELDS].flatMap(name => [
  name,
  `*.${name}`,
]);

/** A log that writes lines of JSON, and can be emptied before the process ends. */
export interface ProcessLog extends Log {
  flush(): void;
}

/**
 * Makes the log of a process, on pino.
 * @param level the least level that is written.
 * @param fd the file descriptor to write to; 1 is standard output.
 */
export function createLog(level: string, fd = 1): ProcessLog {
  const out = destination({ dest: fd, sync: false });
  const log = pino(
    { level, base: null, redact: SECRETS, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    out,
  );
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
    flush: () => out.flushSync(),
  };
}
