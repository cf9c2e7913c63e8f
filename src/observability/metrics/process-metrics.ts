import { readdirSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { PerformanceEntry } from 'node:perf_hooks';
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Registry } from './registry.ts';

/** What is read of a process; Node's `process` is one. */
export interface RuntimeProcess {
  readonly versions: { readonly node: string };
  /** Microseconds of CPU time so far. */
  cpuUsage(): { readonly user: number; readonly system: number };
  /** Bytes. */
  memoryUsage(): { readonly rss: number; readonly external: number };
  /** Bytes that the system allows the process; more than the machine has where there is no limit. */
  constrainedMemory(): number;
}

/** Milliseconds between two samples of the event loop's lag. */
const LAG_RESOLUTION = 10;

/** Milliseconds after which the oldest samples of the lag are dropped: at the earliest after one, at the latest after two such periods. */
const LAG_PERIOD = 30_000;

/** Upper bounds in seconds; most collections take less than a millisecond. */
const GC_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1] as const;

const GC_KINDS = ['minor', 'major', 'incremental', 'weakcb'] as const;

const GC_KIND_OF = new Map<unknown, (typeof GC_KINDS)[number]>([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

/** Defines the metrics of the process and of Node, by the names that Prometheus' client libraries use. */
export function defineProcessMetrics(registry: Registry) {
  const gauge = (name: string, help: string) => registry.gauge({ name, help, labels: {} }).of({});
  const gc = registry.histogram(
    {
      name: 'nodejs_gc_duration_seconds',
      help: 'Pauses of the garbage collector by its kind.',
      labels: { kind: GC_KINDS },
    },
    GC_SECONDS,
  );
  gc.createAll();
  return {
    cpu: registry
      .counter({ name: 'process_cpu_seconds_total', help: 'CPU time of the process.', labels: {} })
      .of({}),
    startTime: gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.'),
    residentMemory: gauge('process_resident_memory_bytes', 'Resident memory.'),
    memoryLimit: gauge(
      'process_memory_limit_bytes',
      'Memory that the container may use, or that the machine has where there is no limit.',
    ),
    openFiles: gauge('process_open_fds', 'Open file descriptors. Linux only.'),
    maxFiles: gauge('process_max_fds', 'Most open file descriptors that the process may have.'),
    heapUsed: gauge('nodejs_heap_size_used_bytes', 'Heap in use, garbage included.'),
    heapTotal: gauge('nodejs_heap_size_total_bytes', 'Heap that V8 has reserved.'),
    heapLimit: gauge('nodejs_heap_size_limit_bytes', 'Largest heap before V8 ends the process.'),
    externalMemory: gauge('nodejs_external_memory_bytes', 'Memory of buffers, which is outside the heap.'),
    lagP50: gauge(
      'nodejs_eventloop_lag_p50_seconds',
      'Median of the delay of timers, over the last 30 to 60 seconds or since the previous scrape.',
    ),
    lagP99: gauge(
      'nodejs_eventloop_lag_p99_seconds',
      '99th percentile of the delay of timers, over the same time.',
    ),
    gc,
  };
}

/**
 * Measures a process from now on, and reads the rest before each scrape.
 * @param maxFiles how many files the process may open.
 * @returns what ends that.
 */
export function collectProcessMetrics(
  registry: Registry,
  runtime: RuntimeProcess,
  maxFiles: number,
): Disposable {
  const metrics = defineProcessMetrics(registry);
  const lag = new EventLoopLag();
  const collections = new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
      const kind = gcKind(entry);
      if (kind !== undefined) metrics.gc.of({ kind }).observe(entry.duration / 1000);
    }
  });
  collections.observe({ entryTypes: ['gc'] });
  metrics.startTime.value = performance.timeOrigin / 1000;
  metrics.maxFiles.value = maxFiles;
  registry.beforeScrape(() => {
    const { user, system } = runtime.cpuUsage();
    metrics.cpu.value = (user + system) / 1e6;
    const { rss, external } = runtime.memoryUsage();
    metrics.residentMemory.value = rss;
    metrics.externalMemory.value = external;
    metrics.memoryLimit.value = Math.min(runtime.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem());
    metrics.openFiles.value = openFiles();
    const heap = getHeapStatistics();
    metrics.heapUsed.value = heap.used_heap_size;
    metrics.heapTotal.value = heap.total_heap_size;
    metrics.heapLimit.value = heap.heap_size_limit;
    lag.rotate();
    metrics.lagP50.value = lag.seconds(50);
    metrics.lagP99.value = lag.seconds(99);
  });
  return {
    [Symbol.dispose]() {
      lag.disable();
      collections.disconnect();
    },
  };
}

/**
 * The delay of timers over the last while. Two histograms take turns, so that a scrape does not empty what the next one,
 * maybe of another Prometheus, reads a moment later.
 */
class EventLoopLag {
  #current = monitor();
  #next = monitor();
  #rotatedAt = performance.now();

  seconds(percentile: number): number {
    if (this.#current.count === 0) return 0;
    // A sample is the time between two timers, their interval included.
    return Math.max(this.#current.percentile(percentile) / 1e9 - LAG_RESOLUTION / 1000, 0);
  }

  rotate(): void {
    const now = performance.now();
    if (now - this.#rotatedAt < LAG_PERIOD) return;
    this.#rotatedAt = now;
    [this.#current, this.#next] = [this.#next, this.#current];
    this.#next.reset();
  }

  disable(): void {
    this.#current.disable();
    this.#next.disable();
  }
}

function monitor(): ReturnType<typeof monitorEventLoopDelay> {
  const histogram = monitorEventLoopDelay({ resolution: LAG_RESOLUTION });
  histogram.enable();
  return histogram;
}

function gcKind(entry: PerformanceEntry): (typeof GC_KINDS)[number] | undefined {
  const detail = 'detail' in entry ? entry.detail : null;
  return typeof detail === 'object' && detail !== null && 'kind' in detail
    ? GC_KIND_OF.get(detail.kind)
    : undefined;
}

function openFiles(): number {
  try {
    // One of them is that of the directory itself.
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return 0;
  }
}
