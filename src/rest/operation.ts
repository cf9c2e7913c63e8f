import type { SafePath } from './path.ts';

/** One GET operation of a REST API: all that the client needs to know of it. */
export interface Operation<Input, Output> {
  /** Tells it from the client's other operations, in keys, logs and metrics. */
  readonly name: string;
  /** The path below the API's base URL. */
  path(input: Input): SafePath;
  /** Equal for two inputs only where one response serves both. */
  key(input: Input): string;
  /** Reads the parsed JSON of a successful response, of any shape. */
  decode(json: unknown, input: Input): Decoded<Output>;
}

/** A decoded response, or why it cannot be used: a phrase for the log that holds nothing the upstream sent. */
export type Decoded<Output> = { readonly value: Output } | { readonly unusable: string };
