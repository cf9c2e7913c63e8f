import { Failure } from '../lib/errors.ts';

/** Most errors of an answer; one more then says how many were left out. */
export const MAX_ERRORS = 100;

/** How many more errors an answer may get: one count for all operations of an HTTP request. */
export interface ErrorAllowance {
  left: number;
}

/** The whole allowance of an HTTP request. */
export function errorAllowance(): ErrorAllowance {
  return { left: MAX_ERRORS };
}

/**
 * Leaves errors of an operation out where they arise, once the allowance is used up: each that is told costs a scan of
 * the document for its location, and a path in the answer. In the place of one that is left out stands null, as ever.
 */
export class ErrorBudget {
  readonly #allowance: ErrorAllowance;
  #leftOut = 0;

  /** @param allowance what is left of it is shared with the other operations of the request. */
  constructor(allowance: ErrorAllowance) {
    this.#allowance = allowance;
  }

  /** How many errors of the operation were left out. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** The value of a nullable field. @throws Failure the one in its place, while there is room for it. */
  valueOf<T>(value: T | Failure): T | null {
    if (!(value instanceof Failure)) return value;
    if (this.#admits()) throw value;
    return null;
  }

  /**
   * A nullable object that is still to come: where it fails it settles with its error, which every executor takes for
   * the failure of that place, or with null. A rejected promise would not do: graphql-jit loses the last item of a list
   * when it is one.
   */
  settle<T>(value: Promise<T>): Promise<T | null> {
    return value.catch(error => (this.#admits() ? error : null));
  }

  #admits(): boolean {
    if (this.#allowance.left === 0) {
      this.#leftOut += 1;
      return false;
    }
    this.#allowance.left -= 1;
    return true;
  }
}
