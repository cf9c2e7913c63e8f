import { Client } from 'undici';
import type { Pace } from '../options.ts';
import type { Outcomes } from '../outcome.ts';
import { outcomesOfRounds, Unclean } from '../outcome.ts';
import { newIds, operation } from '../request.ts';
import type { ServerName } from '../servers/list.ts';
import type { Stage, Started } from '../stage.ts';
import { untilRight } from '../stage.ts';
import { median } from '../stats.ts';
import { EVERY } from './startup.ts';

/** How long the first queries after a start take, in milliseconds: medians of the rounds. */
export interface FirstQueries {
  readonly slowest: number;
  readonly mean: number;
}

/** So many queries, which most servers answer within their first second. */
const QUERIES = 20;

/** Workload i: after the first right answer, 20 queries for one meeting each, one after another on one connection. */
export async function measureFirstQueries(
  stage: Stage,
  names: readonly ServerName[],
  { rounds }: Pace,
): Promise<Outcomes<FirstQueries>> {
  const measure = async (name: ServerName): Promise<FirstQueries> => {
    await using started = await stage.start(name);
    await untilRight(started, EVERY);
    const times = await timeQueries(started);
    return { slowest: Math.max(...times), mean: times.reduce((sum, time) => sum + time, 0) / times.length };
  };
  return await outcomesOfRounds(names, rounds, measure, measured => ({
    slowest: median(measured.map(one => one.slowest)),
    mean: median(measured.map(one => one.mean)),
  }));
}

/** @returns the milliseconds that each query took. @throws Unclean when an answer was not right. */
async function timeQueries({ url, server, callers }: Started): Promise<number[]> {
  const { origin, pathname } = new URL(url);
  const client = new Client(origin);
  try {
    const times: number[] = [];
    for (let query = 0; query < QUERIES; query += 1) {
      const { headers, body } = operation(server.dialect, newIds(1), callers.next());
      const from = performance.now();
      const response = await client.request({ method: 'POST', path: pathname, headers, body });
      const text = await response.body.text();
      times.push(performance.now() - from);
      if (response.statusCode !== 200 || text.includes('"errors":'))
        throw new Unclean(`query ${query + 1} was answered ${response.statusCode} ${text.slice(0, 300)}`);
    }
    return times;
  } finally {
    await client.close();
  }
}
