import type { Cell } from './values.ts';
import { Counter, Gauge, Histogram } from './values.ts';

/** Names of labels, and of each every value that it can have: nothing that a client sends can add a series. */
export type Labels = Readonly<Record<string, readonly string[]>>;

/** One value for each label. */
export type LabelValues<L extends Labels> = { readonly [Name in keyof L]: L[Name][number] };

/** What Prometheus is told of a metric. */
export interface MetricDefinition<L extends Labels = Labels> {
  /** With its unit as a suffix, and `_total` for a counter. */
  readonly name: string;
  readonly help: string;
  readonly labels: L;
}

/** A metric as documentation and scrapes see it. */
export interface Metric extends MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** The lines of its series, in the text format of Prometheus. */
  lines(): string[];
}

/** All series of a metric: one for each combination of the values of its labels. */
export class Family<C extends Cell, L extends Labels> {
  readonly #definition: MetricDefinition<L>;
  readonly #create: () => C;
  readonly #names: readonly (keyof L & string)[];
  /** Of each label, the position of each value. */
  readonly #positions: readonly ReadonlyMap<string, number>[];
  readonly #cells: (C | undefined)[] = [];

  constructor(definition: MetricDefinition<L>, create: () => C) {
    this.#definition = definition;
    this.#create = create;
    this.#names = Object.keys(definition.labels);
    this.#positions = Object.values(definition.labels).map(
      values => new Map(values.map((value, index) => [value, index])),
    );
  }

  /** The series of a combination. @throws RangeError for a value that the label cannot have, which is a bug. */
  of(values: LabelValues<L>): C {
    let index = 0;
    for (let at = 0; at < this.#names.length; at += 1) {
      const positions = this.#positions[at];
      const name = this.#names[at];
      const position = name === undefined ? undefined : positions?.get(values[name]);
      if (positions === undefined || position === undefined) throw this.#unknown(name, values);
      index = index * positions.size + position;
    }
    return this.#cellAt(index);
  }

  /** Creates every series, so that Prometheus sees each of them begin at 0. */
  createAll(): void {
    const count = this.#positions.reduce((product, { size }) => product * size, 1);
    for (let index = 0; index < count; index += 1) this.#cellAt(index);
  }

  lines(): string[] {
    return this.#cells.flatMap(
      (cell, index) => cell?.lines(this.#definition.name, this.#labelsAt(index)) ?? [],
    );
  }

  #cellAt(index: number): C {
    const known = this.#cells[index];
    if (known !== undefined) return known;
    const created = this.#create();
    this.#cells[index] = created;
    return created;
  }

  #labelsAt(index: number): string {
    let rest = index;
    const pairs: string[] = [];
    for (const [name, values] of Object.entries(this.#definition.labels).toReversed()) {
      pairs.unshift(`${name}=${quote(values[rest % values.length] ?? '')}`);
      rest = Math.floor(rest / values.length);
    }
    return pairs.join(',');
  }

  #unknown(name: string | undefined, values: LabelValues<L>): RangeError {
    return new RangeError(`${this.#definition.name} has no ${name} of ${values[name ?? '']}`);
  }
}

/** The metrics of a process. */
export class Registry {
  readonly #metrics: Metric[] = [];
  readonly #collectors: (() => void)[] = [];

  /** In the order in which they were defined. */
  get metrics(): readonly Metric[] {
    return this.#metrics;
  }

  /** Defines a counter; every series begins at 0. */
  counter<const L extends Labels>(definition: MetricDefinition<L>): Family<Counter, L> {
    const family = this.#add(definition, 'counter', () => new Counter());
    family.createAll();
    return family;
  }

  /** Defines a gauge; every series begins at 0. */
  gauge<const L extends Labels>(definition: MetricDefinition<L>): Family<Gauge, L> {
    const family = this.#add(definition, 'gauge', () => new Gauge());
    family.createAll();
    return family;
  }

  /** Defines a histogram. A series begins with its first value: most combinations never occur. */
  histogram<const L extends Labels>(
    definition: MetricDefinition<L>,
    bounds: readonly number[],
  ): Family<Histogram, L> {
    const family = this.#add(definition, 'histogram', () => new Histogram(bounds));
    if (Object.keys(definition.labels).length === 0) family.createAll();
    return family;
  }

  /** Registers what reads the values that are known elsewhere, before each scrape. */
  beforeScrape(collect: () => void): void {
    this.#collectors.push(collect);
  }

  /** All metrics in the text format of Prometheus. */
  render(): string {
    for (const collect of this.#collectors) collect();
    const lines = this.#metrics.flatMap(metric => [
      `# HELP ${metric.name} ${metric.help}`,
      `# TYPE ${metric.name} ${metric.type}`,
      ...metric.lines(),
    ]);
    return `${lines.join('\n')}\n`;
  }

  #add<C extends Cell, L extends Labels>(
    definition: MetricDefinition<L>,
    type: Metric['type'],
    create: () => C,
  ): Family<C, L> {
    const family = new Family(definition, create);
    this.#metrics.push({ ...definition, type, lines: () => family.lines() });
    return family;
  }
}

function quote(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
