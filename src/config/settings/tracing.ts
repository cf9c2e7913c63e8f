import { headerValues, keyValues } from '../key-values.ts';
import {
  decimal,
  flag,
  httpUrl,
  integer,
  milliseconds,
  oneOf,
  optional,
  secret,
  setting,
} from '../values.ts';

/** The samplers of OpenTelemetry that can be chosen. */
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** The only protocol that spans are exported by. */
export const OTLP_PROTOCOL = 'http/protobuf';

const compression = oneOf('none', 'gzip');
const text = (value: string): string => value;

/**
 * Settings of the export of spans: the variables of OpenTelemetry that are honored, under its names and with its defaults.
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(
    'URL of an OTLP/HTTP receiver, to which `/v1/traces` is added. When it is set, spans are exported there.',
    httpUrl,
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optional(
    'The same for spans alone, used as it is. It takes precedence, as each variable with TRACES in its name does.',
    httpUrl,
  ),
  OTEL_EXPORTER_OTLP_HEADERS: secret(
    'Headers of each export, such as `api-key=…,tenant=a`, with percent-encoded values.',
    headerValues,
  ),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: secret('The same for spans alone.', headerValues),
  OTEL_EXPORTER_OTLP_TIMEOUT: setting(
    '10000',
    'Longest time of an export with its retries, in milliseconds.',
    milliseconds,
  ),
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: optional('The same for spans alone.', milliseconds),
  OTEL_EXPORTER_OTLP_COMPRESSION: setting(
    'none',
    'How exports are compressed: `none` or `gzip`.',
    compression,
  ),
  OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: optional('The same for spans alone.', compression),
  OTEL_EXPORTER_OTLP_PROTOCOL: setting(
    OTLP_PROTOCOL,
    `The protocol of exports. Where spans are exported, it must be \`${OTLP_PROTOCOL}\`.`,
    text,
  ),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: optional('The same for spans alone.', text),
  OTEL_TRACES_EXPORTER: setting(
    'otlp',
    'Where spans go: `otlp`, or `none` for no spans.',
    oneOf('otlp', 'none'),
  ),
  OTEL_SDK_DISABLED: setting('false', 'Whether no spans are exported, whatever else is set.', flag),
  OTEL_SERVICE_NAME: optional(
    'The `service.name` of the spans; by default that of OTEL_RESOURCE_ATTRIBUTES, or `luminus-zoom-gateway`.',
    text,
  ),
  OTEL_RESOURCE_ATTRIBUTES: optional(
    'Attributes of the process in the spans, such as `deployment.environment.name=staging`.',
    keyValues,
  ),
  OTEL_TRACES_SAMPLER: setting(
    'parentbased_always_on',
    `Which traces are sampled: ${SAMPLERS.map(name => `\`${name}\``).join(', ')}. Those with \`parentbased\` follow the caller's traceparent.`,
    oneOf(...SAMPLERS),
  ),
  OTEL_TRACES_SAMPLER_ARG: setting(
    '1',
    'The share of traces that a sampler with `traceidratio` samples, from 0 to 1.',
    decimal(0, 1),
  ),
  OTEL_BSP_SCHEDULE_DELAY: setting('5000', 'Milliseconds between two exports.', milliseconds),
  OTEL_BSP_EXPORT_TIMEOUT: setting('30000', 'Longest wait for an export, in milliseconds.', milliseconds),
  OTEL_BSP_MAX_QUEUE_SIZE: setting(
    '2048',
    'Most spans that wait to be exported; further ones are dropped and counted.',
    integer(1, 100_000),
  ),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: setting('512', 'Most spans of one export.', integer(1, 100_000)),
} as const;
