import { destination, pino } from 'pino';
import type { Log } from './model/log.ts';
import { SENSITIVE_FIELDS } from './model/zoom-meeting.ts';

/** A second line of defence: nothing of ours logs these, and if it did they would not be written. */
const SECRETS = ['authorization', 'subscriptionKey', ...SENSITIVE_FIELDS].flatMap(name => [
  name,
  `*.${name}`,
]);

/** What may wait to be written; beyond it lines are dropped. */
const MAX_UNWRITTEN_BYTES = 4 * 1024 * 1024;

/**
 * Makes the log of a process, on pino.
 * @param level the least level that is written.
 * @param fd the file descriptor to write to; 1 is standard output.
 */
export function createLog(level: string, fd = 1): Log {
  const out = destination({ dest: fd, sync: false, maxLength: MAX_UNWRITTEN_BYTES });
  // Nobody reads the log any more: that is no reason to stop serving.
  out.on('error', () => {});
  const log = pino(
    { level, base: null, redact: SECRETS, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    out,
  );
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  };
}
