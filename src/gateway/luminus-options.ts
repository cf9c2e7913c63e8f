import type { Config } from '../config/settings.ts';
import type { LuminusOptions } from '../luminus/luminus.ts';

/** The options of the LumiNUS client by the settings of the gateway. */
export function luminusOptions(
  config: Config,
  {
    limits,
    callerLimiter,
    observer,
    clock,
    random,
  }: Pick<LuminusOptions, 'limits' | 'callerLimiter' | 'observer' | 'clock' | 'random'>,
): LuminusOptions {
  return {
    url: config.UPSTREAM_URL,
    offsetMinutes: config.UPSTREAM_TIME_ZONE_OFFSET,
    maxMeetings: config.MAX_MEETINGS_PER_REQUEST,
    attemptTimeout: config.UPSTREAM_ATTEMPT_TIMEOUT_MS,
    connectTimeout: config.UPSTREAM_CONNECT_TIMEOUT_MS,
    maxResponseBytes: config.UPSTREAM_MAX_RESPONSE_BYTES,
    sendsTraceContext: config.UPSTREAM_TRACE_CONTEXT,
    retryDelay: {
      minDelay: config.UPSTREAM_RETRY_MIN_DELAY_MS,
      maxDelay: config.UPSTREAM_RETRY_MAX_DELAY_MS,
    },
    limits,
    callerLimiter,
    clock,
    random,
    observer,
  };
}
