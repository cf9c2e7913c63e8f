import { describe, expect, it } from 'vitest';
import { postBody } from '../support/http.ts';
import type { OtlpReceiver } from '../support/otlp-receiver.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { openTraced } from '../support/traced-world.ts';
import { openWorld } from '../support/world.ts';

describe('the variable', () => {
  /** Asks one question of a gateway with these variables, and closes it. */
  async function exportWith(env: (receiver: OtlpReceiver) => Readonly<Record<string, string>>) {
    await using receiver = await startOtlpReceiver();
    await using world = await openWorld({ env: env(receiver) });
    await world.ask('{ __typename }');
    await world.gateway.close();
    return receiver;
  }

  it('OTEL_EXPORTER_OTLP_ENDPOINT is the base of the address, path included', async () => {
    const { exports } = await exportWith(({ url }) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/otlp/` }));
    expect(exports.map(({ path }) => path)).toEqual(['/otlp/v1/traces']);
  });

  it('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is the address, and takes precedence', async () => {
    const { exports } = await exportWith(({ url }) => ({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/mine`,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    }));
    expect(exports.map(({ path }) => path)).toEqual(['/mine']);
  });

  it('OTEL_EXPORTER_OTLP_HEADERS adds headers, and the one for traces replaces those of its names', async () => {
    const { exports } = await exportWith(({ url }) => ({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b, tenant=one',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'tenant=two',
    }));
    expect(exports[0]?.headers).toMatchObject({
      'api-key': 'a b',
      tenant: 'two',
      'content-type': 'application/x-protobuf',
    });
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip', 'gzip'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'none', undefined],
    ['OTEL_EXPORTER_OTLP_TRACES_COMPRESSION', 'gzip', 'gzip'],
  ])('%s=%s is how exports are compressed', async (name, value, expected) => {
    const { exports, spans } = await exportWith(({ url }) => ({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      [name]: value,
    }));
    expect(exports[0]?.headers['content-encoding']).toBe(expected);
    expect(spans).toHaveLength(2);
  });

  it.each([
    ['neither', {}, { 'service.name': 'luminus-zoom-gateway' }],
    ['OTEL_SERVICE_NAME', { OTEL_SERVICE_NAME: 'mine' }, { 'service.name': 'mine' }],
    [
      'OTEL_RESOURCE_ATTRIBUTES',
      { OTEL_RESOURCE_ATTRIBUTES: 'service.name=ours,deployment.environment.name=a%2Cb' },
      { 'service.name': 'ours', 'deployment.environment.name': 'a,b' },
    ],
    [
      'OTEL_SERVICE_NAME beside OTEL_RESOURCE_ATTRIBUTES',
      { OTEL_SERVICE_NAME: 'mine', OTEL_RESOURCE_ATTRIBUTES: 'service.name=ours' },
      { 'service.name': 'mine' },
    ],
  ])('%s is in the resource', async (_what, env, expected) => {
    const { spans } = await exportWith(({ url }) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...env }));
    expect(spans[0]?.resource).toMatchObject({ 'telemetry.sdk.name': 'opentelemetry', ...expected });
  });

  it.each([
    ['OTEL_SDK_DISABLED', 'true', 0],
    ['OTEL_SDK_DISABLED', 'false', 1],
    ['OTEL_TRACES_EXPORTER', 'none', 0],
    ['OTEL_TRACES_EXPORTER', 'otlp', 1],
  ])('%s=%s leads to %i exports', async (name, value, expected) => {
    const { exports } = await exportWith(({ url }) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, [name]: value }));
    expect(exports).toHaveLength(expected);
  });

  it('OTEL_BSP_MAX_EXPORT_BATCH_SIZE is the most spans of an export', async () => {
    const { exports, spans } = await exportWith(({ url }) => ({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1',
    }));
    expect([spans.length, exports.length]).toEqual([2, 2]);
  });

  it.each([
    ['traceidratio', '0', 0, 0],
    ['traceidratio', '0.5', 25, 75],
    ['traceidratio', '1', 100, 100],
    ['parentbased_traceidratio', '0.5', 25, 75],
  ])(
    'OTEL_TRACES_SAMPLER=%s with OTEL_TRACES_SAMPLER_ARG=%s samples that share',
    async (sampler, ratio, min, max) => {
      await using traced = await openTraced({
        env: { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio },
      });
      const { url } = traced.world.gateway;
      await Promise.all(Array.from({ length: 100 }, () => postBody(url, '{"query":"{ __typename }"}')));
      await traced.world.gateway.close();
      const count = traced.receiver.spans.filter(({ kind }) => kind === 'server').length;
      expect(count).toBeGreaterThanOrEqual(min);
      expect(count).toBeLessThanOrEqual(max);
    },
  );
});
