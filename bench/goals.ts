import type { Outcome } from './outcome.ts';
import { isVoid } from './outcome.ts';
import type { Figures } from './results.ts';
import { FIFTY } from './workloads/capacity.ts';

/** What the gateway is held to, and what came out. */
export interface Goal {
  readonly text: string;
  readonly measured: string;
  readonly met: boolean;
}

/** The goals a run has figures for. */
export function judge({ a, b, c, e, f, g }: Figures): Goal[] {
  const goals: Goal[] = [];
  const ours = usable(a?.gateway);
  if (ours !== undefined) {
    const against = (text: string, theirs: Outcome<{ cpu: number }> | undefined, most: number): void => {
      const peer = usable(theirs);
      if (peer !== undefined) goals.push(goal(`(a) ${text}`, ours.cpu / peer.cpu, most, '×'));
    };
    against('CPU a query at most 2 times the limit', a?.limit, 2);
    against('less than Mercurius without JIT', a?.mercurius, 1);
    against('at most a third of Apollo Server', a?.apollo, 1 / 3);
    against('at most a fifth of Hive Gateway', a?.hive, 1 / 5);
    against('aim: at most 1.5 times the limit', a?.limit, 1.5);
    against('aim: less than Mercurius with JIT', a?.['mercurius+jit'], 1);
    const many = usable(b?.gateway);
    if (many !== undefined) {
      goals.push(
        goal('(b) a meeting of 50 at most half of one alone', many.cpu / FIFTY.meetings / ours.cpu, 0.5, '×'),
      );
    }
  }
  const crowd = usable(c?.gateway);
  // Not hits a round trip: a server that takes longer over 200 answers than the upstream over one may ask again.
  if (crowd !== undefined) goals.push(goal('(c) one upstream call at a time', crowd.mostAtOnce, 1, ''));
  const marathon = usable(e?.gateway);
  if (marathon !== undefined) {
    goals.push(
      goal('(e) memory at the end within 5% of that at 10%', marathon.rssEnd / marathon.rssEarly, 1.05, '×'),
    );
  }
  const [start, bare] = [usable(f?.gateway), usable(f?.yoga)];
  if (start !== undefined && bare !== undefined) {
    goals.push(goal('(f) starts no slower than bare Yoga', start.milliseconds / bare.milliseconds, 1, '×'));
  }
  const added = usable(g?.gateway);
  if (added !== undefined) {
    goals.push(goal('(g) adds at most 1 ms to the median', added.addedP50, 1, ' ms'));
    goals.push(goal('(g) adds at most 5 ms to the 99th percentile', added.addedP99, 5, ' ms'));
  }
  return goals;
}

function goal(text: string, value: number, most: number, unit: string): Goal {
  return { text, measured: `${value.toFixed(2)}${unit}`, met: value <= most };
}

function usable<T extends object>(outcome: Outcome<T> | undefined): T | undefined {
  return outcome === undefined || isVoid(outcome) ? undefined : outcome;
}
