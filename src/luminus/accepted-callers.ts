/** Most callers that are known to be accepted. */
export const MAX_ACCEPTED = 10_000;

/**
 * The callers that the API has accepted lately: at least the last half of `MAX_ACCEPTED`. Two sets of that size, the
 * older of which is dropped as a whole: a cache that evicts one entry for each new one costs a query ten times as much.
 */
export class AcceptedCallers {
  #newer = new Set<string>();
  #older: ReadonlySet<string> = new Set<string>();

  /** @param id the id of a caller. */
  add(id: string): void {
    if (this.#newer.size >= MAX_ACCEPTED / 2 && !this.#newer.has(id)) {
      this.#older = this.#newer;
      this.#newer = new Set();
    }
    this.#newer.add(id);
  }

  has(id: string): boolean {
    return this.#newer.has(id) || this.#older.has(id);
  }
}
