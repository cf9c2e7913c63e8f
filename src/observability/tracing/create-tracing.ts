import { readTraceContext } from '../../lib/trace-context.ts';
import type { SpanEvents, Tracing, TracingOptions } from './tracing.ts';

/** Records nothing: traces are only read, and named in the log. */
const NO_TRACING: Tracing = {
  startTrace: readTraceContext,
  subscriber: {},
  close: () => Promise.resolve(),
};

/**
 * Creates what records spans. OpenTelemetry is loaded only here, and only where spans are exported.
 * @param options null where they are not.
 * @param events returns who is notified of what becomes of spans; not called before there is something to report.
 */
export async function createTracing(
  options: TracingOptions | null,
  events: () => SpanEvents,
): Promise<Tracing> {
  if (options === null) return NO_TRACING;
  const { createOpenTelemetryTracing } = await import('./open-telemetry.ts');
  return createOpenTelemetryTracing(options, events);
}
