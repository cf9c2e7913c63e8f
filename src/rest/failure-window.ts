/** When attempts fail too often; times in milliseconds. */
export interface FailureRule {
  /** When more than this share of the attempts failed, */
  readonly failureRatio: number;
  /** of at least so many attempts */
  readonly minAttempts: number;
  /** that ended within so long. */
  readonly window: number;
}

/** The window moves in this many buckets. */
const BUCKETS = 40;

/** Callers whose failures are counted apart. Where more callers fail, no single one of them is the cause. */
export const MAX_CALLERS = 1_000;

interface Count {
  attempts: number;
  failures: number;
}

interface Bucket {
  /** Which bucket since the clock's beginning it is. */
  readonly index: number;
  readonly all: Count;
  /** Without the attempts of callers that had failed too often by then. */
  readonly counted: Count;
  /** The failures in `counted`, by caller, as far as they are counted apart. */
  readonly failures: Map<string, number>;
  /** Whose attempt was the first. */
  readonly caller: string;
  /** Whether another caller made one. */
  hasOthers: boolean;
}

/**
 * The attempts of the last while, and whether they fail too often.
 *
 * Where there are several callers, no one of them can bring that about: failures must come from two, and a caller that
 * has failed half as often as `minAttempts` is not counted again until these failures have left the window. Half, as two
 * callers that always fail must be enough. Of a caller that is alone, all attempts count.
 */
export class FailureWindow {
  readonly #rule: FailureRule;
  readonly #maxFailures: number;
  /** Those of the window in which there were attempts, the newest last. */
  #buckets: Bucket[] = [];
  /** The failures of each caller in all buckets. */
  readonly #failures = new Map<string, number>();

  constructor(rule: FailureRule) {
    this.#rule = rule;
    this.#maxFailures = Math.ceil(rule.minAttempts / 2);
  }

  /** Counts an attempt that ended now. @param caller the id of the caller, which is no secret. */
  record(caller: string, failed: boolean, now: number): void {
    const bucket = this.#bucketOf(caller, now);
    add(bucket.all, failed);
    const earlier = this.#failures.get(caller) ?? 0;
    if (earlier >= this.#maxFailures) return;
    add(bucket.counted, failed);
    if (!failed || (earlier === 0 && this.#failures.size >= MAX_CALLERS)) return;
    this.#failures.set(caller, earlier + 1);
    bucket.failures.set(caller, (bucket.failures.get(caller) ?? 0) + 1);
  }

  /** How many attempts there were up to the last that was recorded, and how many of them failed. */
  total(): Readonly<Count> {
    return this.#sum(bucket => bucket.all);
  }

  /** Tells whether too many of them failed. */
  isExceeded(): boolean {
    if (!this.#exceeds(this.total())) return false;
    return (
      !this.#hasSeveralCallers() ||
      (this.#failures.size > 1 && this.#exceeds(this.#sum(bucket => bucket.counted)))
    );
  }

  clear(): void {
    this.#buckets = [];
    this.#failures.clear();
  }

  #bucketOf(caller: string, now: number): Bucket {
    const index = Math.floor(now / (this.#rule.window / BUCKETS));
    while (this.#buckets[0] && this.#buckets[0].index <= index - BUCKETS) this.#drop(this.#buckets.shift());
    let bucket = this.#buckets.at(-1);
    if (bucket?.index !== index) {
      bucket = { index, all: none(), counted: none(), failures: new Map(), caller, hasOthers: false };
      this.#buckets.push(bucket);
    }
    bucket.hasOthers ||= bucket.caller !== caller;
    return bucket;
  }

  #drop(bucket: Bucket | undefined): void {
    for (const [caller, count] of bucket?.failures ?? []) {
      const left = (this.#failures.get(caller) ?? 0) - count;
      if (left > 0) this.#failures.set(caller, left);
      else this.#failures.delete(caller);
    }
  }

  #hasSeveralCallers(): boolean {
    return this.#buckets.some(bucket => bucket.hasOthers || bucket.caller !== this.#buckets[0]?.caller);
  }

  #exceeds({ attempts, failures }: Count): boolean {
    const { minAttempts, failureRatio } = this.#rule;
    return attempts >= minAttempts && failures > attempts * failureRatio;
  }

  #sum(of: (bucket: Bucket) => Count): Count {
    const sum = none();
    for (const bucket of this.#buckets) {
      const { attempts, failures } = of(bucket);
      sum.attempts += attempts;
      sum.failures += failures;
    }
    return sum;
  }
}

function none(): Count {
  return { attempts: 0, failures: 0 };
}

function add(count: Count, failed: boolean): void {
  count.attempts += 1;
  if (failed) count.failures += 1;
}
