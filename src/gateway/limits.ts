import type { IdentifyCaller } from '../auth/caller.ts';
import { createCallerIdentifier } from '../auth/caller.ts';
import type { Config } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import type { Rate } from '../lib/rate.ts';
import type { Observer } from '../observability/observer.ts';
import { InProcessCallerLimiter } from '../rest/caller-limiter.ts';
import { HOLD_NAMES } from '../rest/hold.ts';
import { InProcessHolds } from '../rest/holds.ts';
import type { LimitsOptions } from '../rest/in-process-limits.ts';
import { createInProcessLimits } from '../rest/in-process-limits.ts';
import type { CallerLimiter, Limits, LimitsOverTime } from '../rest/limits.ts';
import { InProcessPace } from '../rest/pace.ts';

/** All that bounds what callers may ask for and what goes out. */
export interface GatewayLimits extends AsyncDisposable {
  readonly limits: Limits;
  /** Null where callers have no limit over time. */
  readonly callerLimiter: CallerLimiter | null;
  readonly identify: IdentifyCaller;
}

/** Creates the limits of a gateway: its own, or with REDIS_URL those that replicas share. */
export async function createLimits(
  config: Config,
  { clock, observer }: { readonly clock: Clock; readonly observer: Observer },
): Promise<GatewayLimits> {
  const { callerLimiter, pace, holds, ...owned } = await createLimitsOverTime(config, clock, observer);
  return {
    limits: createInProcessLimits(limitsOptions(config), clock, observer, { pace, holds }),
    callerLimiter,
    identify: createCallerIdentifier(config.CALLER_ID_SECRET),
    ...owned,
  };
}

async function createLimitsOverTime(
  config: Config,
  clock: Clock,
  observer: Observer,
): Promise<LimitsOverTime & AsyncDisposable> {
  const { UPSTREAM_HOLD: scope, REDIS_URL: url, REDIS_PREFIX: prefix, CALLER_ID_SECRET: secret } = config;
  const holds = { maxHold: config.UPSTREAM_HOLD_MAX_MS, maxWaiting: config.UPSTREAM_MAX_QUEUED };
  const rates = { caller: callerRate(config), upstream: upstreamRate(config) };
  if (url !== null && secret !== null) {
    // Loaded where it is needed: most gateways start without it.
    const { createSharedLimits } = await import('../redis/shared-limits.ts');
    return await createSharedLimits(
      {
        url,
        prefix,
        secret,
        replicas: config.REPLICAS,
        rates,
        holds: scope === 'off' ? null : { ...holds, scope },
      },
      clock,
      observer,
    );
  }
  return {
    callerLimiter: rates.caller === null ? null : new InProcessCallerLimiter(rates.caller, clock),
    pace: rates.upstream === null ? null : new InProcessPace(rates.upstream, clock),
    holds:
      scope === 'off' ? null : new InProcessHolds({ ...holds, nameOf: HOLD_NAMES[scope] }, clock, observer),
    [Symbol.asyncDispose]: async () => {},
  };
}

function callerRate({ CALLER_MEETINGS_PER_MINUTE: perMinute, CALLER_BURST: burst }: Config): Rate | null {
  return perMinute === 0 ? null : { interval: 60_000 / perMinute, burst };
}

function upstreamRate({ UPSTREAM_CALLS_PER_SECOND: perSecond, UPSTREAM_BURST: burst }: Config): Rate | null {
  if (perSecond === 0) return null;
  return { interval: 1000 / perSecond, burst: burst ?? Math.max(Math.floor(perSecond), 1) };
}

/** Creates the limits of a process that has none over time, and shares none: the doctor calls once. */
export function createOwnLimits(config: Config, clock: Clock, observer: Observer): Limits {
  return createInProcessLimits(limitsOptions(config), clock, observer);
}

function limitsOptions(config: Config): LimitsOptions {
  return {
    limiter: {
      maxInFlight: config.UPSTREAM_MAX_IN_FLIGHT,
      maxInFlightPerCaller: config.UPSTREAM_MAX_IN_FLIGHT_PER_CALLER,
      maxQueued: config.UPSTREAM_MAX_QUEUED,
    },
    breaker: {
      enabled: config.UPSTREAM_BREAKER,
      failureRatio: config.UPSTREAM_BREAKER_FAILURE_RATIO,
      minAttempts: config.UPSTREAM_BREAKER_MIN_ATTEMPTS,
      window: config.UPSTREAM_BREAKER_WINDOW_MS,
      openFor: config.UPSTREAM_BREAKER_OPEN_MS,
    },
    retryBudget: {
      budget: config.UPSTREAM_RETRY_BUDGET,
      budgetPerCall: config.UPSTREAM_RETRY_BUDGET_PER_CALL,
      budgetPerSecond: config.UPSTREAM_RETRY_BUDGET_PER_SECOND,
    },
  };
}
