import type { Config } from '../config/settings.ts';
import type { Metrics, RuntimeInfo } from '../observability/metrics/create-metrics.ts';
import type { LabelLists } from '../observability/metrics/gateway-metrics.ts';
import { CLIENT_CLOSED_REQUEST } from '../server/http-message.ts';
import { STATUS_CODES } from '../server/node-http.ts';
import type { Route } from '../server/router.ts';
import { PATHS } from './routes.ts';

/** What the gateway is made of, for the labels of metrics. */
export const LABEL_LISTS: LabelLists = {
  routes: Object.values(PATHS),
  statuses: [...Object.keys(STATUS_CODES), String(CLIENT_CLOSED_REQUEST.status)],
};

/** What metrics depend on. */
interface MetricsSetup {
  readonly config: Pick<Config, 'ADMIN_PORT'>;
  readonly runtime?: RuntimeInfo;
  readonly openFiles?: number;
}

/** The metrics of a gateway, and the route of the admin port that shows them. */
interface OpenMetrics extends Pick<Metrics, 'subscriber' | 'readFrom'>, Disposable {
  readonly route: Route;
}

/** Creates the metrics, if there is an admin port to show them: without one nothing is counted, or loaded for it. */
export async function openMetrics({
  config,
  runtime,
  openFiles = Number.POSITIVE_INFINITY,
}: MetricsSetup): Promise<OpenMetrics | null> {
  if (config.ADMIN_PORT === null) return null;
  const { createMetrics, METRICS_CONTENT_TYPE } = await import('../observability/metrics/create-metrics.ts');
  const metrics = createMetrics({ ...LABEL_LISTS, runtime: runtime ?? null, maxFiles: openFiles });
  const headers = { 'Content-Type': METRICS_CONTENT_TYPE };
  return {
    subscriber: metrics.subscriber,
    readFrom: metrics.readFrom,
    route: {
      path: '/metrics',
      method: 'GET',
      handler: () => ({ status: 200, headers, body: metrics.render() }),
    },
    [Symbol.dispose]: () => metrics[Symbol.dispose](),
  };
}
