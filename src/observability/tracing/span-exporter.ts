import type { ExportResult } from '@opentelemetry/core';
import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { SpanEvents } from './tracing.ts';

/**
 * Counts what waits to be exported, and what is dropped, around the exporter of OpenTelemetry: that one reports neither.
 * A receiver that cannot be reached is reported once, and once again when spans are exported again.
 */
export class CountingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #maxQueued: number;
  readonly #events: () => SpanEvents;
  #queued = 0;
  #isFailing = false;
  /** How many spans were dropped since the receiver was last reached. */
  #dropped = 0;

  /** @param maxQueued most spans that wait to be exported, those of the exports in progress included. */
  constructor(exporter: SpanExporter, maxQueued: number, events: () => SpanEvents) {
    this.#exporter = exporter;
    this.#maxQueued = maxQueued;
    this.#events = events;
  }

  /** Reserves the place of a span that is about to be made; without one it is dropped, and counted. */
  admit(): boolean {
    if (this.#queued < this.#maxQueued) {
      this.#queued += 1;
      return true;
    }
    this.#drop(1, 'too many spans wait to be exported');
    return false;
  }

  export(spans: ReadableSpan[], onResult: (result: ExportResult) => void): void {
    this.#exporter.export(spans, result => {
      this.#queued -= spans.length;
      if (result.code === ExportResultCode.SUCCESS) this.#recover();
      else this.#drop(spans.length, reasonOf(result.error));
      onResult(result);
    });
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush?.() ?? Promise.resolve();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  /** Gives up what still waits to be exported. */
  abandon(): void {
    if (this.#queued > 0) this.#drop(this.#queued, 'the process ends');
    this.#queued = 0;
  }

  #drop(count: number, reason: string): void {
    this.#dropped += count;
    this.#events().spansDropped({ count });
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#events().spanExportFailed({ reason });
  }

  #recover(): void {
    if (!this.#isFailing) return;
    this.#events().spanExportRecovered({ dropped: this.#dropped });
    this.#isFailing = false;
    this.#dropped = 0;
  }
}

/** The code of the system, or the status of the response; messages and bodies may repeat the address or a header. */
function reasonOf(error: Error | undefined): string {
  const code = error !== undefined && 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return code;
  return typeof code === 'number' ? `status ${code}` : 'not accepted in time';
}
