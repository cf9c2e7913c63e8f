/** What a line tells, by name; or what puts it together, where that takes time: it is called once, before long. */
export type Fields = Readonly<Record<string, unknown>> | (() => Readonly<Record<string, unknown>>);

/** Where things are told to operators: fields first, then a sentence that never varies. */
export interface Log {
  debug(fields: Fields, message: string): void;
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
}
