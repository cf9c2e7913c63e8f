import { GatewayError } from '../lib/errors.ts';

/** Most errors of a response; one more then says how many were omitted. */
export const MAX_ERRORS = 100;

/** How many more errors a response may have: one count for all operations of an HTTP request. */
export interface ErrorAllowance {
  left: number;
}

/** The whole allowance of an HTTP request. */
export function createErrorAllowance(): ErrorAllowance {
  return { left: MAX_ERRORS };
}

/**
 * Omits errors of an operation where they arise, once the allowance is used up: each one that is reported costs a scan of
 * the document for its location, and a path in the response. The value of a field whose error is omitted is still null.
 */
export class ErrorBudget {
  readonly #allowance: ErrorAllowance;
  #omitted = 0;

  /** @param allowance shared with the other operations of the request. */
  constructor(allowance: ErrorAllowance) {
    this.#allowance = allowance;
  }

  /** How many errors of the operation were omitted. */
  get omitted(): number {
    return this.#omitted;
  }

  /** Unwraps the value of a nullable field. @throws GatewayError the one in its place, while the allowance lasts. */
  unwrap<T>(value: T | GatewayError): T | null {
    if (!(value instanceof GatewayError)) return value;
    if (this.#admit()) throw value;
    return null;
  }

  /**
   * Settles a nullable object that is loaded: when loading fails, with the error, which every executor takes for the
   * failure of that field or item, or with null. A rejected promise would not do: graphql-jit drops the last item of a list
   * when it is one.
   */
  settle<T>(value: Promise<T>): Promise<T | null> {
    return value.catch(error => (this.#admit() ? error : null));
  }

  #admit(): boolean {
    if (this.#allowance.left === 0) {
      this.#omitted += 1;
      return false;
    }
    this.#allowance.left -= 1;
    return true;
  }
}
