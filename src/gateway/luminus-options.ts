import type { Config } from '../config/settings.ts';
import type { LuminusOptions } from '../luminus/luminus.ts';
import { HOLD_NAMES } from '../rest/hold.ts';
import { createInProcessLimits } from '../rest/in-process-limits.ts';

/** The options of the LumiNUS client by the settings of the gateway. */
export function luminusOptions(
  config: Config,
  { observer, clock, random }: Pick<LuminusOptions, 'observer' | 'clock' | 'random'>,
): LuminusOptions {
  const limits = {
    limiter: {
      maxInFlight: config.UPSTREAM_MAX_IN_FLIGHT,
      maxInFlightPerCaller: config.UPSTREAM_MAX_IN_FLIGHT_PER_CALLER,
      maxQueued: config.UPSTREAM_MAX_WAITING,
    },
    breaker: {
      enabled: config.UPSTREAM_BREAKER,
      failureRatio: config.UPSTREAM_BREAKER_FAILURE_RATIO,
      minAttempts: config.UPSTREAM_BREAKER_MIN_ATTEMPTS,
      window: config.UPSTREAM_BREAKER_WINDOW_MS,
      openFor: config.UPSTREAM_BREAKER_OPEN_MS,
    },
    holds:
      config.UPSTREAM_HOLD === 'off'
        ? null
        : {
            nameOf: HOLD_NAMES[config.UPSTREAM_HOLD],
            maxHold: config.UPSTREAM_HOLD_MAX_MS,
            maxWaiting: config.UPSTREAM_MAX_WAITING,
          },
    retryBudget: {
      budget: config.UPSTREAM_RETRY_BUDGET,
      budgetPerCall: config.UPSTREAM_RETRY_BUDGET_PER_CALL,
      budgetPerSecond: config.UPSTREAM_RETRY_BUDGET_PER_SECOND,
    },
  };
  return {
    url: config.UPSTREAM_URL,
    offsetMinutes: config.UPSTREAM_TIME_ZONE_OFFSET,
    maxMeetings: config.MAX_MEETINGS_PER_REQUEST,
    attemptTimeout: config.UPSTREAM_ATTEMPT_TIMEOUT_MS,
    connectTimeout: config.UPSTREAM_CONNECT_TIMEOUT_MS,
    maxResponseBytes: config.UPSTREAM_MAX_ANSWER_BYTES,
    sendsTraceContext: config.UPSTREAM_TRACE_CONTEXT,
    retryDelay: {
      minDelay: config.UPSTREAM_RETRY_MIN_DELAY_MS,
      maxDelay: config.UPSTREAM_RETRY_MAX_DELAY_MS,
    },
    limits: createInProcessLimits(limits, clock, observer),
    clock,
    random,
    observer,
  };
}
