import type { Context, Tracer } from '@opentelemetry/api';
import {
  createTraceState,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace as traceApi,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import type { Sampler } from '@opentelemetry/sdk-trace';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
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
  const ids = { traceId: '', spanId: '' };
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes(options.resource)),
    // Whether a trace is sampled was decided when its request came.
    sampler: new AlwaysOnSampler(),
    // So were its ids: the upstream was told them before there was a span.
    idGenerator: { generateTraceId: () => ids.traceId, generateSpanId: () => ids.spanId },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: batch.delay,
        exportTimeoutMillis: batch.timeout,
        maxQueueSize: batch.maxQueued,
        maxExportBatchSize: batch.maxBatch,
      }),
    ],
  });
  const tracer = provider.getTracer('luminus-zoom-gateway');
  const sampler = createSampler(options.sampler);

  const record = (span: Span): void => {
    if (!exporter.admit()) return;
    ids.traceId = span.trace.traceId;
    ids.spanId = span.spanId;
    recordSpan(tracer, span);
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
      await Promise.race([provider.shutdown().catch(() => {}), limit]);
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
  const parent = trace.parentId === null ? ROOT_CONTEXT : contextOf(trace, trace.parentId);
  const { decision } = sampler.shouldSample(parent, trace.traceId, '', SpanKind.SERVER, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}

function recordSpan(tracer: Tracer, span: Span): void {
  const { trace, parentId, name, kind, attributes, startedAt, endedAt } = span;
  const parent = parentId === null ? ROOT_CONTEXT : contextOf(trace, parentId);
  const options = { kind: KINDS[kind], attributes: { ...attributes }, startTime: startedAt };
  const recorded = tracer.startSpan(name, options, parent);
  if (span.isError) recorded.setStatus({ code: SpanStatusCode.ERROR });
  recorded.end(endedAt);
}

/** A context in which a span of the trace is the parent of others. */
function contextOf({ traceId, parentId, sampled, state }: TraceContext, spanId: string): Context {
  return traceApi.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: spanId === parentId,
    ...(state === null ? {} : { traceState: createTraceState(state) }),
  });
}
