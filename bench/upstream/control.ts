/** How the upstream of its own process behaves. */
export interface Mode {
  /** Milliseconds before each answer. */
  readonly delay: number;
  /** Share of the calls, 0 to 1, that are answered 503. */
  readonly failures: number;
}

/** Sets the slow upstream anew and forgets its count of calls; waits for it to listen. */
export async function setMode(origin: string, { delay, failures }: Mode): Promise<void> {
  for (let tries = 100; ; tries -= 1) {
    try {
      await fetch(`${origin}/mode?delay=${delay}&failures=${failures}`, { method: 'POST' });
      return;
    } catch (error) {
      if (tries === 0) throw error;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
}

/** The calls since the mode was set. */
export interface Hits {
  readonly hits: number;
  readonly mostAtOnce: number;
}

/** Asks the slow upstream what it has counted. */
export async function countHits(origin: string): Promise<Hits> {
  const response = await fetch(`${origin}/hits`);
  return JSON.parse(await response.text());
}
