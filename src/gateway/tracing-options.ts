import type { Config } from '../config/settings.ts';
import type { TracingOptions } from '../observability/tracing/tracing.ts';
import { PATHS } from './routes.ts';

/** What a process is called in traces by default. */
const SERVICE_NAME = 'luminus-zoom-gateway';

/** Where below OTEL_EXPORTER_OTLP_ENDPOINT spans are received. */
const TRACES_PATH = 'v1/traces';

/**
 * The options of tracing by the settings of the gateway; null where no spans are exported.
 * @param namesOperations whether all operations come from the gateway's own manifest.
 */
export function tracingOptions(config: Config, namesOperations: boolean): TracingOptions | null {
  const url = tracesUrl(config);
  if (url === null || config.OTEL_SDK_DISABLED || config.OTEL_TRACES_EXPORTER === 'none') return null;
  return {
    url,
    headers: { ...config.OTEL_EXPORTER_OTLP_HEADERS, ...config.OTEL_EXPORTER_OTLP_TRACES_HEADERS },
    timeout: config.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT ?? config.OTEL_EXPORTER_OTLP_TIMEOUT,
    compression: config.OTEL_EXPORTER_OTLP_TRACES_COMPRESSION ?? config.OTEL_EXPORTER_OTLP_COMPRESSION,
    resource: {
      'service.name': SERVICE_NAME,
      ...config.OTEL_RESOURCE_ATTRIBUTES,
      ...(config.OTEL_SERVICE_NAME === null ? {} : { 'service.name': config.OTEL_SERVICE_NAME }),
    },
    sampler: samplerOf(config),
    batch: {
      delay: config.OTEL_BSP_SCHEDULE_DELAY,
      timeout: config.OTEL_BSP_EXPORT_TIMEOUT,
      maxQueued: config.OTEL_BSP_MAX_QUEUE_SIZE,
      maxBatch: Math.min(config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, config.OTEL_BSP_MAX_QUEUE_SIZE),
    },
    upstream: config.UPSTREAM_URL,
    namesOperations,
    untraced: new Set([PATHS.health]),
  };
}

function tracesUrl({
  OTEL_EXPORTER_OTLP_ENDPOINT: base,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own,
}: Config): URL | null {
  if (own !== null || base === null) return own;
  return new URL(`${base.href.replace(/\/+$/, '')}/${TRACES_PATH}`);
}

function samplerOf(config: Config): TracingOptions['sampler'] {
  const ratio = config.OTEL_TRACES_SAMPLER_ARG;
  switch (config.OTEL_TRACES_SAMPLER) {
    case 'always_on':
      return { ratio: 1, followsParent: false };
    case 'always_off':
      return { ratio: 0, followsParent: false };
    case 'traceidratio':
      return { ratio, followsParent: false };
    case 'parentbased_always_on':
      return { ratio: 1, followsParent: true };
    case 'parentbased_always_off':
      return { ratio: 0, followsParent: true };
    case 'parentbased_traceidratio':
      return { ratio, followsParent: true };
  }
}
