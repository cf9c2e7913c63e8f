import { describe, expect, it } from 'vitest';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { readConfig } from '../../src/config/load.ts';
import { startGateway } from '../../src/gateway.ts';
import { readManifest } from '../../src/graphql/plugins/manifest.ts';
import { schema } from '../../src/schema/index.ts';
import { postBody, send } from '../support/http.ts';
import { createMemoryLog } from '../support/log.ts';
import type { ReceivedSpan } from '../support/otlp-receiver.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { openTraced } from '../support/traced-world.ts';
import { meetingNumber } from '../support/upstream.ts';
import { CREDENTIALS } from '../support/world.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const headersWith = (flags: string) => ({
  ...CREDENTIALS,
  traceparent: `00-${TRACE_ID}-${PARENT_ID}-${flags}`,
  tracestate: 'vendor=state',
});

const query = (id: string): string => `query Secret { syncMeeting(id: "${id}") { id } }`;

const kindsOf = (spans: readonly ReceivedSpan[]) =>
  spans.map(({ kind, name }) => `${kind} ${name}`).toSorted();

function spanOf(spans: readonly ReceivedSpan[], kind: ReceivedSpan['kind']): ReceivedSpan {
  const found = spans.filter(span => span.kind === kind);
  expect(found).toHaveLength(1);
  const [span] = found;
  if (span === undefined) throw new Error(`there is no ${kind} span`);
  return span;
}

describe('a request', () => {
  it('is a span of its own, with one for the operation and one for the attempt below it', async () => {
    await using traced = await openTraced();
    const { receiver, world } = traced;
    const before = BigInt(Date.now()) * 1_000_000n;
    await world.ask(query(meetingNumber(1)));
    const spans = await receiver.received(3);
    const [server, operation, client] = (['server', 'internal', 'client'] as const).map(kind =>
      spanOf(spans, kind),
    );
    expect(server).toMatchObject({ name: 'POST /graphql', parentId: '', isError: false });
    expect(server?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/graphql',
      'http.response.status_code': 200,
      'gateway.upstream.calls': 1,
      'gateway.upstream.retries': 0,
      'gateway.upstream.deduplicated': 0,
    });
    expect(operation).toMatchObject({ name: 'query', parentId: server?.spanId, isError: false });
    expect(operation?.attributes).toEqual({
      'graphql.operation.type': 'query',
      'gateway.operation.outcome': 'ok',
    });
    expect(client).toMatchObject({ name: 'GET syncMeeting', parentId: operation?.spanId, isError: false });
    expect(client?.attributes).toEqual({
      'http.request.method': 'GET',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(world.sandbox.url).port),
      'http.response.status_code': 200,
      'gateway.retry': 0,
      'gateway.queue_time_ms': 0,
      'gateway.shared': false,
    });
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(
      new Set([world.lines.find(({ message }) => message === 'request')?.fields['traceId']]),
    );
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(3);
    // Each lies within its parent, and all within this test.
    const times = [server, operation, client].map(span => [span?.startedAt ?? 0n, span?.endedAt ?? 0n]);
    const inOrder = [...times.map(([start]) => start), ...times.map(([, end]) => end).toReversed()];
    expect([before, ...inOrder]).toEqual(
      [before, ...inOrder].toSorted((a, b) => Number((a ?? 0n) - (b ?? 0n))),
    );
  });

  it("of a caller with a trace continues it below the caller's span", async () => {
    await using traced = await openTraced();
    await traced.world.ask(query(meetingNumber(1)), { headers: headersWith('01') });
    const spans = await traced.receiver.received(3);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID]));
    expect(new Set(spans.map(({ traceState }) => traceState))).toEqual(new Set(['vendor=state']));
    expect(spanOf(spans, 'server').parentId).toBe(PARENT_ID);
  });

  it('that fails upstream has a span for each attempt, with its number and the code of the failure', async () => {
    await using traced = await openTraced();
    await traced.world.ask(query(scenarioId(503)));
    const spans = await traced.receiver.received(4);
    expect(kindsOf(spans)).toEqual([
      'client GET syncMeeting',
      'client GET syncMeeting',
      'internal query',
      'server POST /graphql',
    ]);
    const failure = { 'error.type': 'UPSTREAM_UNAVAILABLE', 'http.response.status_code': 503 };
    const clients = spans.filter(({ kind }) => kind === 'client');
    expect(clients.map(({ isError }) => isError)).toEqual([true, true]);
    expect(clients.map(({ attributes }) => attributes)).toMatchObject([
      { ...failure, 'gateway.retry': 0 },
      { ...failure, 'gateway.retry': 1, 'http.request.resend_count': 1 },
    ]);
    expect(clients[0]?.attributes).not.toHaveProperty('http.request.resend_count');
    expect(spanOf(spans, 'internal')).toMatchObject({
      isError: true,
      attributes: { 'gateway.operation.outcome': 'failed' },
    });
    expect(spanOf(spans, 'server')).toMatchObject({
      isError: false,
      attributes: { 'gateway.error.codes': ['UPSTREAM_UNAVAILABLE'], 'gateway.upstream.retries': 1 },
    });
  });

  it('whose call was queued says for how long', async () => {
    await using traced = await openTraced({ env: { UPSTREAM_MAX_IN_FLIGHT: '1' }, sandbox: { slowMs: 50 } });
    const [a, b] = [scenarioId(640), meetingNumber(1)];
    await traced.world.ask(`{ a: syncMeeting(id: "${a}") { id } b: syncMeeting(id: "${b}") { id } }`);
    const clients = (await traced.receiver.received(4)).filter(({ kind }) => kind === 'client');
    const [first, second] = clients.map(({ attributes }) => Number(attributes['gateway.queue_time_ms']));
    expect(first).toBe(0);
    expect(second).toBeGreaterThan(40);
    expect(second).toBeLessThan(5_000);
  });

  it('that joins a call of another has no attempt, and that of the other says that it was shared', async () => {
    await using traced = await openTraced({ sandbox: { slowMs: 200 } });
    const { world, receiver } = traced;
    const first = world.ask(query(scenarioId(640)), { headers: headersWith('01') });
    await world.joined(1);
    await Promise.all([first, world.ask(query(scenarioId(640)))]);
    const spans = await receiver.received(5);
    expect(spanOf(spans, 'client')).toMatchObject({
      traceId: TRACE_ID,
      attributes: { 'gateway.shared': true },
    });
    const joining = spans.filter(({ kind, traceId }) => kind === 'server' && traceId !== TRACE_ID);
    expect(joining).toMatchObject([
      { attributes: { 'gateway.upstream.calls': 0, 'gateway.upstream.deduplicated': 1 } },
    ]);
  });

  it('whose client leaves has a span of the attempt that was aborted', async () => {
    await using traced = await openTraced({ sandbox: { slowMs: 5_000 } });
    const { world, receiver } = traced;
    const client = new AbortController();
    const left = world.ask(query(scenarioId(640)), { signal: client.signal }).catch(() => 'left');
    await world.sandbox.hit(1);
    client.abort();
    expect(await left).toBe('left');
    const spans = await receiver.received(3);
    expect(spanOf(spans, 'client')).toMatchObject({ isError: true, attributes: { 'error.type': 'aborted' } });
    expect(spanOf(spans, 'server').attributes).toMatchObject({ 'http.response.status_code': 499 });
  });

  it('whose client leaves a call that another waits for has its attempt, once that has ended', async () => {
    await using traced = await openTraced({ sandbox: { slowMs: 300 } });
    const { world, receiver } = traced;
    const client = new AbortController();
    const left = world
      .ask(query(scenarioId(640)), { headers: headersWith('01'), signal: client.signal })
      .catch(() => 'left');
    await world.joined(1);
    const stays = world.ask(query(scenarioId(640)));
    await world.joined(2);
    client.abort();
    await Promise.all([left, stays]);
    const ofFirst = (await receiver.received(5)).filter(({ traceId }) => traceId === TRACE_ID);
    expect(spanOf(ofFirst, 'client')).toMatchObject({
      parentId: spanOf(ofFirst, 'internal').spanId,
      isError: false,
      attributes: { 'gateway.shared': true },
    });
  });

  it('of a batch has a span for each operation, and its attempts below that of the request', async () => {
    await using traced = await openTraced({ env: { BATCH_LIMIT: '3' } });
    const batch = [query(meetingNumber(1)), query(meetingNumber(1)), '{'].map(text => ({ query: text }));
    await postBody(traced.world.gateway.url, JSON.stringify(batch));
    const spans = await traced.receiver.received(5);
    const server = spanOf(spans, 'server');
    const operations = spans.filter(({ kind }) => kind === 'internal');
    expect(operations.map(({ name, parentId }) => [name, parentId])).toEqual([
      ['query', server.spanId],
      ['query', server.spanId],
      ['GraphQL Operation', server.spanId],
    ]);
    expect(spanOf(spans, 'client').parentId).toBe(server.spanId);
  });

  it.each([
    ['another path', 404, 'GET', '/meetings/secret?secret=1', 'GET'],
    ['another method', 405, 'DELETE', '/graphql?secret=1', 'DELETE /graphql'],
    ['a method of its own', 405, 'PROPFIND', '/graphql', 'HTTP /graphql'],
  ])('for %s is a span without its path, query or method', async (_what, status, method, path, name) => {
    await using traced = await openTraced();
    await send(new URL(path, traced.world.gateway.url), { method });
    const [span] = await traced.receiver.received(1);
    expect(span).toMatchObject({ kind: 'server', name, attributes: { 'http.response.status_code': status } });
    expect(JSON.stringify([span?.name, span?.attributes])).not.toMatch(/secret|PROPFIND/);
  });

  it('for /health, or on the admin port, is no span', async () => {
    await using traced = await openTraced({ env: { ADMIN_PORT: '0' } });
    const { url, adminUrl } = traced.world.gateway;
    const headers = headersWith('01');
    await send(new URL('/health', url), { headers });
    for (const path of ['/live', '/ready', '/metrics'])
      expect(await send(new URL(path, adminUrl ?? ''), { headers })).toMatchObject({ status: 200 });
    await traced.world.ask('{ __typename }');
    expect(kindsOf(await traced.receiver.received(2))).toEqual(['internal query', 'server POST /graphql']);
  });
});

describe('a span holds', () => {
  it('nothing that a client or the upstream has sent: no id, name, variable, header or credentials', async () => {
    await using traced = await openTraced();
    const { world, receiver } = traced;
    const ids = [meetingNumber(1), scenarioId(403), scenarioId(720)];
    for (const id of ids)
      await world.ask(
        'query Secret($id: UUID!) { secret: syncMeeting(id: $id) { id topic hostKey joinUrl } }',
        {
          variables: { id },
          headers: { ...headersWith('01'), 'x-request-id': 'my-request-id', 'user-agent': 'my-agent' },
        },
      );
    const spans = await receiver.received(9);
    const text = JSON.stringify(spans.map(({ name, attributes }) => [name, attributes]));
    const { authorization, 'ocp-apim-subscription-key': key } = CREDENTIALS;
    for (const secret of [...ids, 'Secret', 'secret', 'my-', authorization, key, 'zoom', 'vendor'])
      expect(text).not.toContain(secret);
  });

  it('the name of an operation where that is of a trusted document', async () => {
    const text = 'query Meeting($id: UUID!) { syncMeeting(id: $id) { id } }';
    await using receiver = await startOtlpReceiver();
    await using sandbox = await startSandbox();
    const config = readConfig({
      PORT: '0',
      UPSTREAM_URL: sandbox.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '1',
    });
    const trusted = readManifest(JSON.stringify({ meeting: text }), schema);
    await using gateway = await startGateway({
      config,
      log: createMemoryLog().log,
      live: { trusted, subscriptionKey: null },
    });
    const body = { documentId: 'meeting', variables: { id: meetingNumber(1) } };
    await postBody(gateway.url, JSON.stringify(body));
    expect(spanOf(await receiver.received(3), 'internal')).toMatchObject({
      name: 'query Meeting',
      attributes: { 'graphql.operation.name': 'Meeting' },
    });
  });
});

describe('the upstream is sent', () => {
  const env = { UPSTREAM_TRACE_CONTEXT: 'on' };

  it('the id of the span of each attempt', async () => {
    await using traced = await openTraced({ env });
    await traced.world.ask(query(scenarioId(503)), { headers: headersWith('01') });
    const clients = (await traced.receiver.received(4)).filter(({ kind }) => kind === 'client');
    expect(traced.world.sandbox.hits.map(({ headers }) => headers['traceparent'])).toEqual(
      clients.map(({ spanId }) => `00-${TRACE_ID}-${spanId}-01`),
    );
  });

  it.each<[string, string, string | null]>([
    ['always_on', '01', '00'],
    ['always_off', '00', '01'],
    ['parentbased_always_off', '01', '01'],
    ['parentbased_always_off', '00', null],
    ['parentbased_always_on', '00', '00'],
    ['parentbased_always_on', '01', null],
  ])('the decision of %s: %s, for a caller that says %s', async (sampler, expected, flags) => {
    await using traced = await openTraced({ env: { ...env, OTEL_TRACES_SAMPLER: sampler } });
    await traced.world.ask(query(meetingNumber(1)), {
      headers: flags === null ? CREDENTIALS : headersWith(flags),
    });
    const [hit] = traced.world.sandbox.hits;
    expect(String(hit?.headers['traceparent']).slice(-2)).toBe(expected);
    await traced.world.gateway.close();
    expect(traced.receiver.spans).toHaveLength(expected === '01' ? 3 : 0);
  });
});
