import { oneOf, setting } from '../values.ts';

/** Settings of what operators see. */
export const observabilitySettings = {
  LOG_LEVEL: setting(
    'info',
    'Least level that is logged: debug, info, warn, error or silent.',
    oneOf('debug', 'info', 'warn', 'error', 'silent'),
  ),
} as const;
