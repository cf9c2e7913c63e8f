import type { DriftKind, Observer } from '../observability/observer.ts';

/** Names of one kind that are kept apart; an upstream that makes up names without end is counted under one. */
export const MAX_NAMES = 200;

/** Longest name that is kept; the names come from the wire. */
const MAX_NAME_LENGTH = 64;

/** The name under which those beyond `MAX_NAMES` are counted. */
const OTHERS = '(others)';

/**
 * Counts by name how the upstream differs from its documentation, and tells the observer.
 * It is given names only, never values.
 */
export class ContractDrift {
  readonly #counts = new Map<string, number>();
  readonly #namesByKind = new Map<DriftKind, number>();
  readonly #observer: Observer;

  constructor(observer: Observer) {
    this.#observer = observer;
  }

  /** Records one occurrence; `name` is a field's name, or `field=number` for a code. */
  record(kind: DriftKind, fullName: string): void {
    let name = fullName.slice(0, MAX_NAME_LENGTH);
    let count = this.#counts.get(`${kind} ${name}`);
    const isNew = count === undefined && this.#addName(kind);
    if (count === undefined && !isNew) {
      name = OTHERS;
      count = this.#counts.get(`${kind} ${name}`);
    }
    this.#counts.set(`${kind} ${name}`, (count ?? 0) + 1);
    this.#observer.contractDrifted({ kind, name, isNew });
  }

  /** How often each was recorded, as `kind name`. */
  counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** @returns false where there are as many names of a kind as are kept apart. */
  #addName(kind: DriftKind): boolean {
    const names = this.#namesByKind.get(kind) ?? 0;
    if (names >= MAX_NAMES) return false;
    this.#namesByKind.set(kind, names + 1);
    return true;
  }
}
