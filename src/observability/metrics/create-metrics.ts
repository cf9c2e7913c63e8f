import type { Subscriber } from '../observer.ts';
import type { GatewayMetrics, LabelLists } from './gateway-metrics.ts';
import { defineGatewayMetrics, defineInfo } from './gateway-metrics.ts';
import type { RuntimeProcess } from './process-metrics.ts';
import { collectProcessMetrics } from './process-metrics.ts';
import { Registry } from './registry.ts';
import { createMetricsSubscriber } from './subscriber.ts';

/** The content type of the text format of Prometheus. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Numbers that the gateway knows, and that are read before each scrape. */
export interface MetricSources {
  /** Open connections of clients. */
  readonly connections: () => number;
  /** Retries that the budget holds. */
  readonly retryBudget: () => number;
}

/** The process that metrics are about. */
export interface RuntimeInfo {
  readonly process: RuntimeProcess;
  /** The version of the gateway. */
  readonly version: string;
  /** Lines of the log that could not be written so far. */
  readonly droppedLogLines: () => number;
}

/** What metrics are made of. */
export interface MetricsOptions extends LabelLists {
  /** Null for no metrics of the process. */
  readonly runtime: RuntimeInfo | null;
  /** How many files the process may open. */
  readonly maxFiles: number;
}

/** The metrics of a gateway. */
export interface Metrics extends Disposable {
  /** Counts and measures what happens. */
  readonly subscriber: Subscriber;
  /** Registers where the numbers come from that no event has. */
  readonly readFrom: (sources: MetricSources) => void;
  /** All metrics in the text format of Prometheus. */
  readonly render: () => string;
}

/** Creates the metrics of a gateway, and of its process where that is given. */
export function createMetrics({ runtime, maxFiles, ...lists }: MetricsOptions): Metrics {
  const registry = new Registry();
  const metrics = defineGatewayMetrics(registry, lists);
  const subscriber = createMetricsSubscriber(metrics);
  const measuring = runtime === null ? null : measureProcess(registry, metrics, runtime, maxFiles);
  return {
    subscriber,
    readFrom: ({ connections, retryBudget }) =>
      registry.beforeScrape(() => {
        metrics.connections.of({}).value = connections();
        metrics.retryBudget.of({}).value = retryBudget();
      }),
    render: () => registry.render(),
    [Symbol.dispose]: () => measuring?.[Symbol.dispose](),
  };
}

function measureProcess(
  registry: Registry,
  { logLinesDropped }: GatewayMetrics,
  { process: measured, version, droppedLogLines }: RuntimeInfo,
  maxFiles: number,
): Disposable {
  const { node } = measured.versions;
  defineInfo(registry, { version, node }).value = 1;
  registry.beforeScrape(() => {
    logLinesDropped.of({}).value = droppedLogLines();
  });
  return collectProcessMetrics(registry, measured, maxFiles);
}
