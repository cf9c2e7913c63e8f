import type { LogField } from './log-fields.ts';

/** What a line says, by name. */
export type Fields = { readonly [F in LogField]?: unknown };

/** Where operators are informed: fields first, then a sentence that never varies. pino's loggers are such. */
export interface Log {
  debug(fields: Fields, message: string): void;
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
}
