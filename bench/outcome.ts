import type { Loaded } from './load/wrk.ts';
import type { ServerName } from './servers/list.ts';

/** What a workload tells of a server: figures, or why there are none. */
export type Outcome<T> = T | Void;

/** A measurement that does not count. */
export interface Void {
  readonly void: string;
}

/** What a workload tells of each server it ran. */
export type Outcomes<T> = { readonly [N in ServerName]?: Outcome<T> };

/** Tells whether a measurement does not count. */
export function isVoid<T extends object>(outcome: Outcome<T>): outcome is Void {
  return 'void' in outcome;
}

/** @returns the figures; undefined where there are none, or they do not count. */
export function usable<T extends object>(outcome: Outcome<T> | undefined): T | undefined {
  return outcome === undefined || isVoid(outcome) ? undefined : outcome;
}

/** Thrown by a measurement that was not clean: it makes the workload of that server void. */
export class Unclean extends Error {}

/** @returns the load. @throws Unclean unless every request of it was answered, by 200 and without errors. */
export function mustBeClean(loaded: Loaded): Loaded {
  const { requests, broken, bad, sample } = loaded;
  if (requests === 0) throw new Unclean('nothing was answered');
  if (broken > 0) throw new Unclean(`${broken} of ${requests} requests broke off or timed out`);
  if (bad > 0)
    throw new Unclean(`${bad} of ${requests} answers were errors, such as ${sample.slice(0, 300)}`);
  return loaded;
}

/** Measures one server after the other. */
export async function outcomesOf<T>(
  names: readonly ServerName[],
  measure: (name: ServerName) => Promise<T>,
): Promise<Outcomes<T>> {
  const outcomes: { [N in ServerName]?: Outcome<T> } = {};
  for (const name of names) outcomes[name] = await outcomeOf(() => measure(name));
  return outcomes;
}

/**
 * Measures servers in interleaved rounds, so that what else the machine does meets all of them. The first round fills the
 * system's file cache and is not counted.
 * @returns what `conclude` makes of the counted rounds of each server.
 */
export async function outcomesOfRounds<T extends object, U>(
  names: readonly ServerName[],
  rounds: number,
  measure: (name: ServerName) => Promise<T>,
  conclude: (measured: readonly T[]) => U,
): Promise<Outcomes<U>> {
  const outcomes: { [N in ServerName]?: Outcome<U> } = {};
  const measured: { [N in ServerName]?: T[] } = {};
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      if (outcomes[name] !== undefined) continue;
      const outcome = await outcomeOf(() => measure(name));
      if (isVoid(outcome)) outcomes[name] = outcome;
      else if (round > 0) measured[name] = [...(measured[name] ?? []), outcome];
    }
  }
  for (const name of names) outcomes[name] ??= conclude(measured[name] ?? []);
  return outcomes;
}

/** Runs a measurement of a server; whatever it throws is why it is void. */
export async function outcomeOf<T>(measure: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return await measure();
  } catch (error) {
    return { void: error instanceof Error ? error.message : String(error) };
  }
}
