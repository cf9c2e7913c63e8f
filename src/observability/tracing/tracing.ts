import type { IncomingHttpHeaders } from 'node:http';
import type { TraceContext } from '../../lib/trace-context.ts';
import type { Observer, Subscriber } from '../observer.ts';

/** Records what happens as spans, or does not. */
export interface Tracing {
  /** Begins the trace of a request, or continues that of its caller. */
  readonly startTrace: (headers: Readonly<IncomingHttpHeaders>) => TraceContext;
  /** Makes spans of what it is notified of. */
  readonly subscriber: Subscriber;
  /** Exports what is recorded, for at most `FLUSH_LIMIT`, and records nothing more. */
  readonly close: () => Promise<void>;
}

/** Which traces are sampled. */
export interface SamplerOptions {
  /** The decision where there is no caller to follow: all, none, or a share of them from 0 to 1. */
  readonly ratio: number;
  /** Whether the decision of a caller is followed. */
  readonly followsParent: boolean;
}

/** How spans are made and exported; times in milliseconds. */
export interface TracingOptions {
  /** Where spans are sent by OTLP/HTTP. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Longest time of one export with its retries. */
  readonly timeout: number;
  readonly compression: 'none' | 'gzip';
  /** What is known of the process, such as `service.name`. */
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: SamplerOptions;
  readonly batch: BatchOptions;
  /** Where calls go upstream. */
  readonly upstream: URL;
  /** Whether the names of operations are the gateway's own, and not chosen by clients. */
  readonly namesOperations: boolean;
  /** The routes whose requests are not traced. */
  readonly untraced: ReadonlySet<string>;
}

/** How spans are collected before they are exported; times in milliseconds. */
export interface BatchOptions {
  readonly delay: number;
  readonly timeout: number;
  readonly maxQueued: number;
  readonly maxBatch: number;
}

/** What becomes of spans that are recorded. */
export type SpanEvents = Pick<Observer, 'spansDropped' | 'spanExportFailed' | 'spanExportRecovered'>;
