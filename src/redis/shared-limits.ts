import type { Clock } from '../lib/clock.ts';
import type { Rate } from '../lib/rate.ts';
import type { Observer } from '../observability/observer.ts';
import type { LimitsOverTime } from '../rest/limits.ts';
import { SharedCallerLimiter } from './caller-limiter.ts';
import type { SharedHoldsOptions } from './holds.ts';
import { createSharedHolds } from './holds.ts';
import type { RedisOptions } from './link.ts';
import { RedisLink } from './link.ts';
import { SharedPace } from './pace.ts';
import { SharedRate } from './shared-rate.ts';

/** Settings of the limits that replicas share; a rate, or the holds, are null where there are none. */
export interface SharedLimitsOptions extends RedisOptions {
  readonly secret: string;
  /** How many replicas there are: each has its part of the rates while Redis cannot be used. */
  readonly replicas: number;
  readonly rates: { readonly caller: Rate | null; readonly upstream: Rate | null };
  readonly holds: Omit<SharedHoldsOptions, 'secret'> | null;
}

/** Connects to Redis, and creates what replicas share by it. It does not reject: without Redis, each is on its own. */
export async function createSharedLimits(
  { secret, replicas, rates: { caller, upstream }, holds, ...options }: SharedLimitsOptions,
  clock: Clock,
  observer: Observer,
): Promise<LimitsOverTime & AsyncDisposable> {
  const link = new RedisLink(options, clock, observer);
  const shared = (rate: Rate): SharedRate => new SharedRate(rate, replicas, link, clock);
  const limits = {
    callerLimiter: caller === null ? null : new SharedCallerLimiter(shared(caller)),
    pace: upstream === null ? null : new SharedPace(shared(upstream)),
    holds: holds === null ? null : createSharedHolds({ ...holds, secret }, link, clock, observer),
  };
  await link.started();
  return { ...limits, [Symbol.asyncDispose]: () => link[Symbol.asyncDispose]() };
}
