import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../sandbox/server.ts';
import { readConfig } from '../../src/config/load.ts';
import { tracingOptions } from '../../src/gateway/tracing-options.ts';
import type { TraceContext } from '../../src/lib/trace-context.ts';
import { createTracing } from '../../src/observability/tracing/create-tracing.ts';
import { FLUSH_LIMIT } from '../../src/observability/tracing/open-telemetry.ts';
import type { SpanEvents } from '../../src/observability/tracing/tracing.ts';
import { HELLO, HELLO_ANSWER, listen, postBody, send } from '../support/http.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { startGatewayProgram } from '../support/process.ts';
import { openWorld } from '../support/world.ts';

/** Tracing alone, and what it reports. */
async function openTracing(url: string, env: Readonly<Record<string, string>> = {}) {
  const options = tracingOptions(
    readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: '1', ...env }),
    false,
  );
  let dropped = 0;
  const reports: string[] = [];
  const watchers = new Set<() => void>();
  const report = (text: string): void => {
    reports.push(text);
    for (const look of watchers) look();
  };
  const events: SpanEvents = {
    spansDropped({ count }) {
      dropped += count;
    },
    spanExportFailed: ({ reason }) => report(`failed: ${reason}`),
    spanExportRecovered: ({ dropped: meanwhile }) => report(`recovered: ${meanwhile}`),
  };
  const tracing = await createTracing(options, () => events);
  return {
    reports,
    dropped: () => dropped,
    reported: (count: number) =>
      new Promise<void>(resolve => {
        const look = (): void => {
          if (reports.length >= count) resolve();
        };
        watchers.add(look);
        look();
      }),
    /** Finishes so many requests of one span each. */
    finish(count: number) {
      for (let n = 0; n < count; n += 1)
        tracing.subscriber.requestFinished?.(answered(tracing.startTrace({})));
    },
    close: tracing.close,
    [Symbol.asyncDispose]: tracing.close,
  };
}

function answered(trace: TraceContext) {
  return {
    requestId: 'r',
    trace,
    method: 'POST',
    route: '/graphql',
    status: 200,
    codes: [],
    durationMs: 1,
    operations: [],
    callerId: null,
    stats: null,
  };
}

/** The address of a port that nobody listens on. */
async function closedPort(): Promise<string> {
  const server = createServer();
  const port = await listen(server);
  await new Promise(resolve => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

describe('a receiver that cannot be reached', () => {
  it('costs an answer nothing, the log one line, and is counted', async () => {
    await using world = await openWorld({
      env: {
        ADMIN_PORT: '0',
        OTEL_EXPORTER_OTLP_ENDPOINT: await closedPort(),
        OTEL_EXPORTER_OTLP_TIMEOUT: '1',
        OTEL_BSP_SCHEDULE_DELAY: '1',
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1',
      },
    });
    const logged = world.logged('spans cannot be exported: they are dropped', 1);
    for (let n = 0; n < 20; n += 1)
      expect(await postBody(world.gateway.url, HELLO)).toMatchObject({ status: 200, text: HELLO_ANSWER });
    await logged;
    const warnings = world.lines.filter(({ level }) => level === 'warn' || level === 'error');
    expect(warnings).toEqual([
      {
        level: 'warn',
        message: 'spans cannot be exported: they are dropped',
        fields: { setting: 'OTEL_EXPORTER_OTLP_ENDPOINT', reason: 'ECONNREFUSED' },
      },
    ]);
    const { text } = await send(new URL('/metrics', world.gateway.adminUrl ?? ''));
    expect(text).toMatch(/^trace_spans_dropped_total [1-9]/m);
  });

  it('is reported once, and once again when spans are exported again, with how many were dropped', async () => {
    await using receiver = await startOtlpReceiver();
    await using tracing = await openTracing(receiver.url, { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1' });
    receiver.status = 400;
    tracing.finish(3);
    while (tracing.dropped() < 3) await new Promise(setImmediate);
    expect(tracing.reports).toEqual(['failed: status 400']);
    receiver.status = 200;
    tracing.finish(1);
    await tracing.reported(2);
    expect(tracing.reports).toEqual(['failed: status 400', 'recovered: 3']);
    expect(receiver.spans).toHaveLength(1);
    receiver.status = 503;
    tracing.finish(1);
    await tracing.close();
    expect(tracing.reports).toHaveLength(3);
  });
});

describe('spans that wait to be exported', () => {
  it.each([
    [2, 0],
    [3, 0],
    [4, 1],
    [5, 2],
  ])(
    'are at most OTEL_BSP_MAX_QUEUE_SIZE: of %i with a limit of 3, %i are dropped',
    async (count, dropped) => {
      await using receiver = await startOtlpReceiver();
      await using tracing = await openTracing(receiver.url, { OTEL_BSP_MAX_QUEUE_SIZE: '3' });
      tracing.finish(count);
      expect(tracing.dropped()).toBe(dropped);
      expect(tracing.reports).toEqual(dropped === 0 ? [] : ['failed: too many spans wait to be exported']);
      await receiver.received(count - dropped);
      if (dropped > 0) await tracing.reported(2);
      expect(tracing.reports.slice(1)).toEqual(dropped === 0 ? [] : [`recovered: ${dropped}`]);
    },
  );

  it('include those of an export that is not answered', async () => {
    await using receiver = await startOtlpReceiver();
    await using tracing = await openTracing(receiver.url, {
      OTEL_BSP_MAX_QUEUE_SIZE: '3',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1',
    });
    receiver.status = null;
    tracing.finish(3);
    while (receiver.exports.length < 1) await new Promise(setImmediate);
    expect(tracing.dropped()).toBe(0);
    tracing.finish(1);
    expect(tracing.dropped()).toBe(1);
  });
});

describe('a shutdown', () => {
  it('exports what is recorded', async () => {
    await using receiver = await startOtlpReceiver();
    await using tracing = await openTracing(receiver.url, { OTEL_BSP_SCHEDULE_DELAY: '60000' });
    tracing.finish(3);
    await tracing.close();
    expect([receiver.spans.length, tracing.reports]).toEqual([3, []]);
  });

  it('waits a second for a receiver that does not answer, and drops the rest', async () => {
    await using receiver = await startOtlpReceiver();
    await using tracing = await openTracing(receiver.url);
    receiver.status = null;
    tracing.finish(3);
    const startedAt = performance.now();
    await tracing.close();
    const took = performance.now() - startedAt;
    expect(FLUSH_LIMIT).toBe(1_000);
    expect(took).toBeGreaterThan(FLUSH_LIMIT - 10);
    expect(took).toBeLessThan(FLUSH_LIMIT + 3_000);
    expect([tracing.dropped(), tracing.reports]).toEqual([3, ['failed: the process ends']]);
  });

  it('of the process does not wait for the retries of an export', async () => {
    await using sandbox = await startSandbox();
    await using gateway = startGatewayProgram({
      UPSTREAM_URL: sandbox.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: await closedPort(),
      OTEL_EXPORTER_OTLP_TIMEOUT: '60000',
    });
    const [, url = ''] = await gateway.says(/"url":"([^"]+)"/);
    expect((await postBody(url, HELLO)).status).toBe(200);
    const startedAt = performance.now();
    gateway.child.kill('SIGTERM');
    expect(await gateway.exit).toBe(0);
    // Idle connections linger for 2 s, and the export has one; its retries would take 13.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(gateway.output()).toContain('"reason":"the process ends"');
  });
});
