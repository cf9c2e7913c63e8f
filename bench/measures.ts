import { usable } from './outcome.ts';
import type { Figures } from './results.ts';
import type { ServerName } from './servers/list.ts';
import { FIFTY } from './workloads/shapes.ts';

/** Something that is measured of every server, and of which less is better. */
export interface Measure {
  readonly text: string;
  /** @returns undefined where a run has no figure of the server. */
  readonly of: (figures: Figures, server: ServerName) => number | undefined;
}

/** What servers are compared by. */
export const MEASURES = {
  one: {
    text: '(a) CPU time of a query',
    of: ({ a }, server) => usable(a?.[server])?.cpu,
  },
  ofFifty: {
    text: '(b) CPU time of a meeting',
    of: ({ b }, server) => {
      const capacity = usable(b?.[server]);
      return capacity === undefined ? undefined : capacity.cpu / FIFTY.meetings;
    },
  },
  shared: {
    text: '(c) upstream calls',
    of: ({ c }, server) => usable(c?.[server])?.hitsPerRoundTrip,
  },
  start: {
    text: '(f) start',
    of: ({ f }, server) => usable(f?.[server])?.milliseconds,
  },
  addedP50: {
    text: '(g) added to the median',
    of: ({ g }, server) => usable(g?.[server])?.addedP50,
  },
  addedP99: {
    text: '(g) added to the 99th percentile',
    of: ({ g }, server) => usable(g?.[server])?.addedP99,
  },
  alone: {
    text: '(h) CPU time of a query',
    of: ({ h }, server) => usable(h?.[server])?.cpu,
  },
  slowestFirst: {
    text: '(i) the slowest of the first 20 queries',
    of: ({ i }, server) => usable(i?.[server])?.slowest,
  },
  meanFirst: {
    text: '(i) the mean of the first 20 queries',
    of: ({ i }, server) => usable(i?.[server])?.mean,
  },
} as const satisfies Record<string, Measure>;

/** How many times the figure of one server is that of another. @returns undefined where a run lacks one of them. */
export function ratioOf(
  measure: Measure,
  figures: Figures,
  server: ServerName,
  to: ServerName,
): number | undefined {
  const value = measure.of(figures, server);
  const base = measure.of(figures, to);
  return value === undefined || base === undefined || base <= 0 ? undefined : value / base;
}
