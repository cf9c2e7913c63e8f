import type { RequestIdentity } from '../lib/request-context.ts';
import type { Log } from './log.ts';
import type { ChannelUse, Subscriber } from './observer.ts';
import { sanitizeError } from './sanitize-error.ts';

/** Milliseconds between two log lines on connections that could not be accepted. */
export const ACCEPT_ERROR_LOG_INTERVAL = 60_000;

/** The setting that names the address of the keys. */
const JWKS_SETTING = 'JWT_JWKS_URL';

/** The setting that says where Redis is. */
const REDIS_SETTING = 'REDIS_URL';

/** What is logged when Redis refuses the channel of holds, and when it no longer does. */
const CHANNEL_MESSAGES = {
  publish: {
    refused: 'Redis refuses messages about holds: other replicas do not learn of those of this one',
    accepted: 'Redis accepts messages about holds again',
  },
  subscribe: {
    refused: 'Redis refuses the channel of holds: this replica does not learn of those of others',
    accepted: 'Redis accepts the channel of holds again',
  },
} as const;

/** The setting that names the receiver of spans. */
const OTLP_SETTING = 'OTEL_EXPORTER_OTLP_ENDPOINT';

/** Logs everything that operators should know of beside the requests themselves. */
export function createLogSubscriber(log: Log): Subscriber {
  let wasHalfOpen = false;
  let wasRedisLost = false;
  const refusedUses = new Set<ChannelUse>();
  let acceptErrorLoggedAt = Number.NEGATIVE_INFINITY;

  return {
    callRequested(request) {
      log.debug(idsOf(request), 'sync');
    },
    attemptFinished(attempt) {
      if (attempt.failure === null) return;
      const { code, setting, cause } = attempt.failure;
      if (setting === null) log.warn({ ...idsOf(attempt), code, cause }, 'upstream call failed');
      else log.error({ ...idsOf(attempt), code, setting, cause }, 'upstream call failed');
    },
    breakerChanged({ state, attempts, failures }) {
      // A probe that failed is no news: the breaker was not closed before it.
      if (state === 'open' && !wasHalfOpen)
        log.warn({ attempts, failures }, 'breaker opened: calls are refused for a while');
      if (state === 'closed') log.info({}, 'breaker closed: the upstream answers again');
      wasHalfOpen = state === 'half-open';
    },
    contractDrifted({ kind, name, isNew }) {
      if (isNew) log.warn({ drift: kind, name }, 'the upstream differs from its documentation');
    },
    redisChanged({ isUsable, reason }) {
      if (!isUsable) {
        wasRedisLost = true;
        log.error(
          { setting: REDIS_SETTING, reason },
          'Redis cannot be used: this process goes on with its own part of the limits',
        );
      } else if (wasRedisLost) {
        log.info({ setting: REDIS_SETTING }, 'Redis can be used again: replicas share their limits');
      }
    },
    redisChannelUsed({ use, reason }) {
      const wasRefused = refusedUses.has(use);
      if (reason !== null && !wasRefused) {
        refusedUses.add(use);
        log.error({ setting: REDIS_SETTING, reason }, CHANNEL_MESSAGES[use].refused);
      }
      if (reason === null && wasRefused) {
        refusedUses.delete(use);
        log.info({ setting: REDIS_SETTING }, CHANNEL_MESSAGES[use].accepted);
      }
    },
    connectionClosed({ unreadBytes, reason }) {
      log.info({ unreadBytes, reason }, 'connection closed');
    },
    acceptFailed({ code }) {
      if (performance.now() - acceptErrorLoggedAt < ACCEPT_ERROR_LOG_INTERVAL) return;
      acceptErrorLoggedAt = performance.now();
      log.error({ code }, 'a connection could not be accepted');
    },
    unexpectedError({ error, ...request }) {
      log.error({ ...idsOf(request), error: sanitizeError(error) }, 'unexpected error');
    },
    responseFailed({ error, ...request }) {
      log.error({ ...idsOf(request), error: sanitizeError(error) }, 'the response could not be sent');
    },
    keysUnavailable({ reason, usableForMs }) {
      log.error(
        { setting: JWKS_SETTING, reason, usableForMs },
        'the keys that sign tokens cannot be fetched',
      );
    },
    keysRecovered() {
      log.info({ setting: JWKS_SETTING }, 'the keys that sign tokens can be fetched again');
    },
    spanExportFailed({ reason }) {
      log.warn({ setting: OTLP_SETTING, reason }, 'spans cannot be exported: they are dropped');
    },
    spanExportRecovered({ dropped }) {
      log.info({ setting: OTLP_SETTING, dropped }, 'spans are exported again');
    },
    unusableKeyFound() {
      log.error({ setting: JWKS_SETTING }, 'a key that signs tokens cannot be used');
    },
  };
}

/** The fields by which the lines of a request are found. */
function idsOf({ requestId, trace }: RequestIdentity): { requestId: string; traceId: string } {
  return { requestId, traceId: trace.traceId };
}
