/** Most bytes that unfinished bodies hold, for the process: over three hundred of the largest. */
export const UNFINISHED_BYTES = 32 * 1024 * 1024;

/** A body that has begun to arrive. */
export interface UnfinishedBody {
  /** Called when there is no more memory for it. */
  refuse(): void;
}

/**
 * Bounds what bodies hold that have not arrived in full.
 * The one that began first is refused: an ordinary body arrives within milliseconds, and one that stalls is soon the oldest.
 */
export class BodyBudget {
  readonly #maxBytes: number;
  /** What each holds, the one that began first first. */
  readonly #held = new Map<UnfinishedBody, number>();
  #bytes = 0;

  constructor(maxBytes: number = UNFINISHED_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Records how many bytes a body holds by now. */
  hold(body: UnfinishedBody, bytes: number): void {
    this.#bytes += bytes - (this.#held.get(body) ?? 0);
    this.#held.set(body, bytes);
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.release(oldest);
      oldest.refuse();
    }
  }

  /** Removes a body: it is complete, or nobody waits for it any more. */
  release(body: UnfinishedBody): void {
    this.#bytes -= this.#held.get(body) ?? 0;
    this.#held.delete(body);
  }
}
