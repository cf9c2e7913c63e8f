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

/** Runs a measurement of a server; whatever it throws is why it is void. */
export async function outcomeOf<T>(measure: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return await measure();
  } catch (error) {
    return { void: error instanceof Error ? error.message : String(error) };
  }
}
