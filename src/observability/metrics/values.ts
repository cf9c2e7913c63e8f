/** Holds the values of one series. */
export interface Cell {
  /** Its samples in the text format of Prometheus. @param labels as they stand between braces. */
  lines(name: string, labels: string): string[];
}

/** A number that only grows. */
export class Counter {
  value = 0;

  increment(by = 1): void {
    this.value += by;
  }

  lines(name: string, labels: string): string[] {
    return [sample(name, labels, this.value)];
  }
}

/** A number that goes up and down. */
export class Gauge {
  value = 0;

  lines(name: string, labels: string): string[] {
    return [sample(name, labels, this.value)];
  }
}

/** How often values of certain sizes were observed. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** Of each bucket by itself, and after the last bound those beyond it. */
  readonly #counts: number[];
  #sum = 0;

  /** @param bounds the upper bounds of the buckets, in ascending order. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let bucket = 0;
    for (const bound of this.#bounds) {
      if (value <= bound) break;
      bucket += 1;
    }
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  lines(name: string, labels: string): string[] {
    let count = 0;
    const buckets = this.#counts.map((ofBucket, index) => {
      count += ofBucket;
      const bound = this.#bounds[index] ?? '+Inf';
      return sample(`${name}_bucket`, `${labels}${labels && ','}le="${bound}"`, count);
    });
    return [...buckets, sample(`${name}_sum`, labels, this.#sum), sample(`${name}_count`, labels, count)];
  }
}

function sample(name: string, labels: string, value: number): string {
  const number = value === Number.POSITIVE_INFINITY ? '+Inf' : String(value);
  return labels === '' ? `${name} ${number}` : `${name}{${labels}} ${number}`;
}
