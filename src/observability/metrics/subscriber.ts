import { knownMethod } from '../http-methods.ts';
import type { Subscriber } from '../observer.ts';
import { BREAKER_STATES, type OPERATION_OUTCOMES } from '../observer.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import { OTHER } from './gateway-metrics.ts';

/** Counts and measures what happens. It is called several times in a request: what has no labels is looked up once. */
export function createMetricsSubscriber(metrics: GatewayMetrics): Subscriber {
  const operations = {
    ok: metrics.operations.of({ outcome: 'ok' }),
    partial: metrics.operations.of({ outcome: 'partial' }),
    failed: metrics.operations.of({ outcome: 'failed' }),
  } satisfies Record<(typeof OPERATION_OUTCOMES)[number], unknown>;
  const succeeded = metrics.attempts.of({ outcome: 'ok' });
  const [retries, deduplicated] = [metrics.retries.of({}), metrics.deduplicated.of({})];
  const [inFlight, queued] = [metrics.inFlight.of({}), metrics.queued.of({})];
  const queueWait = metrics.queueWait.of({});
  const keysAvailable = metrics.keysAvailable.of({});
  const showBreaker = (current: (typeof BREAKER_STATES)[number]): void => {
    for (const state of BREAKER_STATES) metrics.breaker.of({ state }).value = state === current ? 1 : 0;
  };
  showBreaker('closed');
  keysAvailable.value = 1;
  const redisUp = metrics.redisUp.of({});
  redisUp.value = 1;

  return {
    requestFinished({ method, route, status, durationMs, codes, operations: ofRequest, stats }) {
      metrics.requests
        .of({ method: knownMethod(method) ?? OTHER, status: String(status), route: route ?? OTHER })
        .observe(durationMs / 1000);
      for (const { outcome } of ofRequest) if (outcome !== null) operations[outcome].increment();
      for (const code of codes) metrics.errors.of({ code }).increment();
      if (stats !== null) deduplicated.increment(stats.deduplicated);
    },
    requestRefused({ code }) {
      metrics.errors.of({ code }).increment();
    },
    attemptFinished({ durationMs, failure, retry }) {
      const attempts = failure === null ? succeeded : metrics.attempts.of({ outcome: failure.code });
      attempts.observe(durationMs / 1000);
      if (retry > 0) retries.increment();
    },
    attemptAborted({ retry }) {
      if (retry > 0) retries.increment();
    },
    callDequeued({ waitMs }) {
      queueWait.observe(waitMs / 1000);
    },
    queueChanged(queue) {
      inFlight.value = queue.inFlight;
      queued.value = queue.queued;
    },
    breakerChanged({ state }) {
      showBreaker(state);
    },
    holdsChanged({ holds, started }) {
      metrics.holds.of({}).value = holds;
      if (started !== null) metrics.holdsStarted.of({ code: started }).increment();
    },
    redisChanged({ isUsable }) {
      redisUp.value = isUsable ? 1 : 0;
    },
    redisFailed() {
      metrics.redisFailures.of({}).increment();
    },
    contractDrifted({ kind }) {
      metrics.drift.of({ kind }).increment();
    },
    spansDropped({ count }) {
      metrics.spansDropped.of({}).increment(count);
    },
    keysUnavailable() {
      keysAvailable.value = 0;
    },
    keysRecovered() {
      keysAvailable.value = 1;
    },
  };
}
