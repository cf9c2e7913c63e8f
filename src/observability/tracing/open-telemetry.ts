import type { SpanContext } from '@opentelemetry/api';
import {
  createTraceState,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace as traceApi,
} from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import type { Resource } from '@opentelemetry/resources';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan, Sampler } from '@opentelemetry/sdk-trace';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { TraceContext } from '../../lib/trace-context.ts';
import { readTraceContext } from '../../lib/trace-context.ts';
import { createRequestSpans, RecordedTrace } from './request-spans.ts';
import type { Span } from './span.ts';
import { CountingExporter } from './span-exporter.ts';
import type { SamplerOptions, SpanEvents, Tracing, TracingOptions } from './tracing.ts';

/** Longest time, in milliseconds, that a shutdown waits for the export of what is recorded. */
export const FLUSH_LIMIT = 1_000;

const KINDS = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL, client: SpanKind.CLIENT } as const;

const COMPRESSIONS = { none: CompressionAlgorithm.NONE, gzip: CompressionAlgorithm.GZIP } as const;

/** Who has made the spans. */
const SCOPE = { name: 'luminus-zoom-gateway' };

/** Records spans with the SDK of OpenTelemetry, and exports them by OTLP/HTTP. */
export function createOpenTelemetryTracing(options: TracingOptions, events: () => SpanEvents): Tracing {
  const { batch } = options;
  const exporter = new CountingExporter(
    new OTLPTraceExporter({
      url: options.url.href,
      headers: { ...options.headers },
      timeoutMillis: options.timeout,
      compression: COMPRESSIONS[options.compression],
    }),
    batch.maxQueued,
    events,
  );
  const resource = defaultResource().merge(resourceFromAttributes(options.resource));
  const processor = new BatchSpanProcessor({
    exporter,
    scheduledDelayMillis: batch.delay,
    exportTimeoutMillis: batch.timeout,
    maxQueueSize: batch.maxQueued,
    maxExportBatchSize: batch.maxBatch,
  });
  const sampler = createSampler(options.sampler);
  const record = (span: Span): void => {
    if (exporter.admit()) processor.onEnd(readable(span, resource));
  };
  return {
    startTrace(headers) {
      const context = readTraceContext(headers);
      if (isSampled(sampler, context)) return new RecordedTrace(context);
      return context.sampled ? { ...context, sampled: false } : context;
    },
    subscriber: createRequestSpans({ ...options, record }),
    async close() {
      const { promise: limit, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, FLUSH_LIMIT);
      await Promise.race([processor.shutdown().catch(() => {}), limit]);
      clearTimeout(timer);
      exporter.abandon();
    },
  };
}

function createSampler({ ratio, followsParent }: SamplerOptions): Sampler {
  const root = new TraceIdRatioBasedSampler(ratio);
  return followsParent ? new ParentBasedSampler({ root }) : root;
}

function isSampled(sampler: Sampler, trace: TraceContext): boolean {
  const { traceId, parentId } = trace;
  const parent =
    parentId === null ? ROOT_CONTEXT : traceApi.setSpanContext(ROOT_CONTEXT, spanContext(trace, parentId));
  const { decision } = sampler.shouldSample(parent, traceId, '', SpanKind.SERVER, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}

/**
 * A span as the SDK exports it. The SDK's own tracer would decide on sampling, make ids and times, and check attributes,
 * all of which has been done.
 */
function readable(span: Span, resource: Resource): ReadableSpan {
  const { trace, spanId, parentId, name, kind, attributes, startedAt, endedAt, isError } = span;
  const context = spanContext(trace, spanId);
  return {
    name,
    kind: KINDS[kind],
    spanContext: () => context,
    ...(parentId === null ? {} : { parentSpanContext: spanContext(trace, parentId) }),
    startTime: millisToHrTime(startedAt),
    endTime: millisToHrTime(endedAt),
    duration: millisToHrTime(endedAt - startedAt),
    ended: true,
    status: { code: isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes,
    links: [],
    events: [],
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function spanContext({ traceId, parentId, sampled, state }: TraceContext, spanId: string): SpanContext {
  return {
    traceId,
    spanId,
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: spanId === parentId,
    ...(state === null ? {} : { traceState: createTraceState(state) }),
  };
}
