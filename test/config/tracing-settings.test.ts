import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/load.ts';
import { tracingOptions } from '../../src/gateway/tracing-options.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

function issuesOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}

const optionsOf = (env: Readonly<Record<string, string>>) =>
  tracingOptions(readConfig({ ...ENDPOINT, ...env }), false);

describe('the protocol of exports', () => {
  it.each([
    [{}, false],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, false],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, true],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, true],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' }, false],
    [{ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc' }, true],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
  ])('%j is an issue where spans are exported: %s', (env, isIssue) => {
    expect(issuesOf({ ...ENDPOINT, ...env })).toEqual(
      isIssue ? [expect.stringContaining('must be http/protobuf')] : [],
    );
  });
});

describe('pairs', () => {
  it.each([
    ['a=1', { a: '1' }],
    [' a = 1 , b=2=3,', { a: '1', b: '2=3' }],
    ['a=', { a: '' }],
    ['a=x%2Cy%3D%20z', { a: 'x,y= z' }],
    ['a=1,a=2', { a: '2' }],
  ])('%j are read', (text, expected) => {
    expect(readConfig({ OTEL_RESOURCE_ATTRIBUTES: text }).OTEL_RESOURCE_ATTRIBUTES).toEqual(expected);
  });

  it.each(['a', '=1', 'a b=1', 'a=%', 'a=%zz', 'a=1,b'])(
    '%j are an issue, which does not repeat them',
    text => {
      expect(issuesOf({ OTEL_RESOURCE_ATTRIBUTES: text })).toEqual([
        'OTEL_RESOURCE_ATTRIBUTES must be a list such as key=value,key=value with percent-encoded values',
      ]);
    },
  );

  it.each(['a=%0d%0aevil: 1', 'a=caf%C3%A9'])('%j are no headers', text => {
    expect(issuesOf({ OTEL_EXPORTER_OTLP_HEADERS: text })).toHaveLength(1);
    expect(issuesOf({ OTEL_RESOURCE_ATTRIBUTES: text })).toEqual([]);
  });
});

describe('the share of traces', () => {
  it.each(['-0.1', '1.1', 'all'])('%s is an issue', ratio => {
    expect(issuesOf({ OTEL_TRACES_SAMPLER_ARG: ratio })).toHaveLength(1);
  });

  it('is an issue with a sampler that is not known', () => {
    expect(issuesOf({ OTEL_TRACES_SAMPLER: 'jaeger_remote' })).toHaveLength(1);
  });
});

describe('the limits of exports', () => {
  it('have the defaults of OpenTelemetry', () => {
    expect(optionsOf({})).toMatchObject({
      timeout: 10_000,
      compression: 'none',
      batch: { delay: 5_000, timeout: 30_000, maxQueued: 2_048, maxBatch: 512 },
      sampler: { ratio: 1, followsParent: true },
    });
  });

  it('are those that are set', () => {
    const env = {
      OTEL_EXPORTER_OTLP_TIMEOUT: '1',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2',
      OTEL_BSP_SCHEDULE_DELAY: '3',
      OTEL_BSP_EXPORT_TIMEOUT: '4',
      OTEL_BSP_MAX_QUEUE_SIZE: '5',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '6',
    };
    expect(optionsOf(env)).toMatchObject({
      timeout: 2,
      batch: { delay: 3, timeout: 4, maxQueued: 5, maxBatch: 5 },
    });
    expect(optionsOf({ OTEL_EXPORTER_OTLP_TIMEOUT: '1' })).toMatchObject({ timeout: 1 });
  });
});
