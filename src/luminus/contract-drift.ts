import type { Log } from '../observability/log.ts';

/** Ways in which the wire can differ from what the API page promises. */
export type DriftKind = 'unknownField' | 'missingField' | 'unknownCode' | 'brokenField' | 'noOffset';

/** Names of one kind that are kept apart; an upstream that makes up names without end is counted under one. */
export const MAX_NAMES = 200;

/** Longest name that is kept; the names come from the wire. */
const MAX_NAME_LENGTH = 64;

/**
 * Counts by name how the upstream differs from its documentation, and logs each name once.
 * It is told names only, never values.
 */
export class Drift {
  readonly #counts = new Map<string, number>();
  readonly #namesOfKind = new Map<DriftKind, number>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Counts one sighting; `name` is a field's name, or `field=number` for a code. */
  saw(kind: DriftKind, name: string): void {
    const key = `${kind} ${name.slice(0, MAX_NAME_LENGTH)}`;
    const count = this.#counts.get(key);
    if (count !== undefined) {
      this.#counts.set(key, count + 1);
      return;
    }
    const names = this.#namesOfKind.get(kind) ?? 0;
    if (names >= MAX_NAMES) {
      const others = `${kind} (others)`;
      this.#counts.set(others, (this.#counts.get(others) ?? 0) + 1);
      return;
    }
    this.#namesOfKind.set(kind, names + 1);
    this.#counts.set(key, 1);
    this.#log.warn(
      { drift: kind, name: name.slice(0, MAX_NAME_LENGTH) },
      'the upstream differs from its documentation',
    );
  }

  /** How often each was seen, as `kind name`. */
  counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }
}
