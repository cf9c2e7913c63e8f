import { integer, oneOf, optional, setting } from '../values.ts';

/** Settings of what operators see. */
export const observabilitySettings = {
  ADMIN_PORT: optional(
    'Port of /live, /ready and /metrics, which must not be public; 0 lets the system choose. Without it there is no such port.',
    integer(0, 65_535),
  ),
  ADMIN_HOST: setting('127.0.0.1', 'Address that ADMIN_PORT listens on; 0.0.0.0 for all.', text => text),
  LOG_FORMAT: setting(
    'json',
    'How lines are logged: json, or pretty for people, which needs the development dependency pino-pretty.',
    oneOf('json', 'pretty'),
  ),
  LOG_LEVEL: setting(
    'info',
    'Least level that is logged: debug, info, warn, error or silent.',
    oneOf('debug', 'info', 'warn', 'error', 'silent'),
  ),
} as const;
