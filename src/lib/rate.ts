/** How often something may happen: `burst` times at once, and once more with each interval that passes. */
export interface Rate {
  /** Milliseconds, not necessarily whole. */
  readonly interval: number;
  readonly burst: number;
}

/** The rate of one replica where several share one: its part of it, and a burst of at least one. */
export function shareOf({ interval, burst }: Rate, replicas: number): Rate {
  return { interval: interval * replicas, burst: Math.max(Math.floor(burst / replicas), 1) };
}

/** The debt of something whose whole burst is available again at `fullAt`: the milliseconds until then. */
export function debtAt(fullAt: number, now: number): number {
  return Math.max(fullAt - now, 0);
}

/** Fractions of intervals do not add up to a whole exactly. */
const ROUNDING = 1e-9;

/**
 * How many times it may still happen now, by the generic cell rate algorithm: a token bucket that needs no timer.
 * @param debt milliseconds until the whole burst is available again; each time it happens adds an interval to it.
 */
export function available({ interval, burst }: Rate, debt: number): number {
  return Math.max(Math.floor(burst - debt / interval + ROUNDING), 0);
}

/** What was granted. */
export interface Taken {
  readonly granted: number;
  /** Milliseconds until the whole burst is available again. */
  readonly debt: number;
}

/** Takes what fits of what is wanted. @param debt that before it; the result has that after it. */
export function take(rate: Rate, debt: number, wanted: number): Taken {
  const granted = Math.min(wanted, available(rate, debt));
  return { granted, debt: debt + granted * rate.interval };
}

/** Milliseconds until it may happen so many times at once, which is at most the burst. */
export function timeUntil({ interval, burst }: Rate, debt: number, times: number): number {
  return Math.max(debt - (burst - times) * interval, 0);
}
