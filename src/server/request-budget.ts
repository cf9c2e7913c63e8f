/** Most bytes that requests in progress hold, by estimate, where nobody has said what the process can spare. */
export const REQUEST_BYTES = 64 * 1024 * 1024;

/** A character of a body: as a part of the text and of a string in it. */
const BYTES_OF_A_CHARACTER = 2;

/**
 * Bytes of heap for what a character of JSON stands for, beside the character itself. Measured on V8 with bodies of one
 * construct each: an empty object takes 56, an array of one 56, a place in a list 8 and what small thing stands there up
 * to 24, and an object whose only key is a number 200.
 */
const BYTES_OF_A_SIGN: Readonly<Record<string, number>> = { '{': 64, '[': 64, ':': 136, ',': 32 };

const BYTES_BY_CODE = Uint8Array.from(
  { length: 256 },
  (_, code) => BYTES_OF_A_CHARACTER + (BYTES_OF_A_SIGN[String.fromCharCode(code)] ?? 0),
);

/** Most bytes that a byte of a body can stand for. */
const MOST_BYTES = Math.max(...BYTES_BY_CODE);

/** Most bytes of heap that a body and what JSON.parse makes of it take. What stands in its strings is counted, too. */
export function estimateHeapBytes(body: Uint8Array): number {
  let bytes = 0;
  for (let at = 0; at < body.length; at += 1) {
    bytes += BYTES_BY_CODE[body[at] ?? 0] ?? 0;
  }
  return bytes;
}

/** Bounds what requests hold that have arrived and are not answered yet. The newest is refused: the others have begun. */
export class RequestBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number = REQUEST_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Takes bytes, to be released later. @returns false, and nothing is taken, when there are not enough; a request alone always gets them. */
  take(bytes: number): boolean {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  /**
   * Takes what a body needs. While most of the budget is free, a body takes what the worst of its length would need: to
   * look at each of its bytes costs as much as parsing it.
   * @returns the bytes, to be released later; null, and nothing is taken, when there are not enough.
   */
  takeFor(body: Uint8Array): number | null {
    const most = body.length * MOST_BYTES;
    const bytes = this.#bytes + most <= this.#maxBytes / 8 ? most : estimateHeapBytes(body);
    return this.take(bytes) ? bytes : null;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}
