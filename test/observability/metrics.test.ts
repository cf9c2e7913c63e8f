import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Reply } from '../../sandbox/reply.ts';
import { hang, json, meeting, meetingBut } from '../../sandbox/reply.ts';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { createManualClock } from '../support/clock.ts';
import { HELLO, postBody, send, sendRaw } from '../support/http.ts';
import { createSigner, openChecked, publish, reply } from '../support/key-server.ts';
import { scrape, valuesOf } from '../support/metrics.ts';
import { meetingNumber } from '../support/upstream.ts';
import type { WorldOptions } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

const query = (id: string, name = '') => `query ${name} { syncMeeting(id: "${id}") { id } }`;

/** A gateway with an admin port, and the values of its metrics. */
async function openMeasured({ env = {}, ...options }: WorldOptions = {}) {
  const world = await openWorld({ ...options, env: { ADMIN_PORT: '0', ...env } });
  return {
    ...world,
    values: async (name: string) => valuesOf(await scrape(world.gateway), name),
    value: async (series: string) => (await scrape(world.gateway)).get(series),
  };
}

/** A reply that waits until it is let go. */
function held(then: Reply = meeting) {
  const released = Promise.withResolvers<void>();
  const answer: Reply = exchange => void released.promise.then(() => then(exchange));
  return { answer, release: released.resolve };
}

describe('requests', () => {
  it('are counted by method, status and route', async () => {
    await using world = await openMeasured();
    const { url } = world.gateway;
    for (let n = 0; n < 3; n += 1) await postBody(url, HELLO);
    await postBody(url, 'no JSON');
    await send(url, { method: 'DELETE' });
    await send(new URL('/health', url));
    await send(new URL('/elsewhere?a=b', url));
    expect(await world.values('http_server_request_duration_seconds_count')).toEqual({
      'method="POST",status="200",route="/graphql"': 3,
      'method="POST",status="400",route="/graphql"': 1,
      'method="DELETE",status="405",route="/graphql"': 1,
      'method="GET",status="200",route="/health"': 1,
      'method="GET",status="404",route="other"': 1,
    });
  });

  it('of every route have its path, also that which leads to GraphiQL', async () => {
    await using world = await openMeasured({ env: { GRAPHIQL: 'on' } });
    await send(new URL('/', world.gateway.url));
    expect(await world.values('http_server_request_duration_seconds_count')).toEqual({
      'method="GET",status="302",route="/"': 1,
    });
    expect(world.lines.filter(({ message }) => message === 'a subscriber failed')).toEqual([]);
  });

  it('whose client leaves have status 499, and no outcome', async () => {
    await using world = await openMeasured();
    world.sandbox.answerAll(hang);
    const leaving = new AbortController();
    const asked = Promise.allSettled([world.ask(query(meetingNumber(1)), { signal: leaving.signal })]);
    await world.sandbox.hit(1);
    leaving.abort();
    await asked;
    await world.logged('request', 1);
    const left = { 'method="POST",status="499",route="/graphql"': 1 };
    expect(await world.values('http_server_request_duration_seconds_count')).toEqual(left);
    expect(await world.values('graphql_operations_total')).toEqual({});
  });

  it('that are no HTTP are counted as errors alone', async () => {
    await using world = await openMeasured();
    await sendRaw(world.gateway.url, 'no HTTP\r\n\r\n');
    expect(await world.values('http_server_request_duration_seconds_count')).toEqual({});
    expect(await world.values('graphql_errors_total')).toEqual({ 'code="BAD_REQUEST"': 1 });
  });
});

describe('operations', () => {
  it('are counted by their outcome, those of a batch each, and their errors by code', async () => {
    await using world = await openMeasured({ env: { BATCH_LIMIT: '5' } });
    const [found, missing] = [meetingNumber(1), scenarioId(404)];
    const batch = [
      query(found),
      query(missing),
      `{ syncMeetings(ids: ["${found}", "${missing}"]) { id } }`,
      '{',
    ];
    await postBody(world.gateway.url, JSON.stringify(batch.map(text => ({ query: text }))));
    await world.ask('{ nothing }');
    expect(await world.values('graphql_operations_total')).toEqual({
      'outcome="ok"': 1,
      'outcome="partial"': 1,
      'outcome="failed"': 3,
    });
    expect(await world.values('graphql_errors_total')).toEqual({
      'code="NOT_FOUND"': 2,
      'code="GRAPHQL_PARSE_FAILED"': 1,
      'code="GRAPHQL_VALIDATION_FAILED"': 1,
    });
  });
});

describe('upstream calls', () => {
  it('are measured by attempt, with the retry that follows a failure and what it costs the budget', async () => {
    const env = {
      UPSTREAM_RETRY_MIN_DELAY_MS: '1',
      UPSTREAM_RETRY_MAX_DELAY_MS: '2',
      UPSTREAM_RETRY_BUDGET: '5',
      UPSTREAM_RETRY_BUDGET_PER_CALL: '0',
      UPSTREAM_RETRY_BUDGET_PER_SECOND: '0',
    };
    await using world = await openMeasured({ env });
    await world.ask(query(scenarioId(650)));
    await world.ask(query(scenarioId(403)));
    expect(await world.values('upstream_request_duration_seconds_count')).toEqual({
      'outcome="ok"': 1,
      'outcome="UPSTREAM_UNAVAILABLE"': 1,
      'outcome="FORBIDDEN"': 1,
    });
    expect(await world.value('upstream_retries_total')).toBe(1);
    expect(await world.value('upstream_retry_budget')).toBe(4);
  });

  it('that are shared are counted where they are not made', async () => {
    await using world = await openMeasured();
    const { answer, release } = held();
    world.sandbox.answerAll(answer);
    const asked = [1, 2, 3].map(() => world.ask(query(meetingNumber(1))));
    await world.joined(3);
    release();
    await Promise.all(asked);
    expect(await world.value('upstream_deduplicated_total')).toBe(2);
    expect(await world.values('upstream_request_duration_seconds_count')).toEqual({ 'outcome="ok"': 1 });
  });

  it('are shown while they are in flight or queued, and how long they were queued', async () => {
    const clock = createManualClock();
    await using world = await openMeasured({
      clock,
      env: { UPSTREAM_MAX_IN_FLIGHT: '2', UPSTREAM_MAX_IN_FLIGHT_PER_CALLER: '2' },
    });
    const { answer, release } = held();
    world.sandbox.answerAll(answer);
    const asked = [1, 2, 3].map(n => world.ask(query(meetingNumber(n))));
    await world.joined(3);
    await world.sandbox.hit(2);
    expect([await world.value('upstream_in_flight'), await world.value('upstream_queued')]).toEqual([2, 1]);
    clock.advance(300);
    release();
    await Promise.all(asked);
    expect([await world.value('upstream_in_flight'), await world.value('upstream_queued')]).toEqual([0, 0]);
    expect(await world.value('upstream_queue_wait_seconds_count')).toBe(1);
    expect(await world.value('upstream_queue_wait_seconds_sum')).toBe(0.3);
    expect(await world.value('upstream_queue_wait_seconds_bucket{le="0.25"}')).toBe(0);
    expect(await world.value('upstream_queue_wait_seconds_bucket{le="0.5"}')).toBe(1);
  });

  it('open the breaker, which is half-open during a probe and then closed', async () => {
    const clock = createManualClock();
    await using world = await openMeasured({
      clock,
      env: { UPSTREAM_BREAKER_MIN_ATTEMPTS: '2', UPSTREAM_RETRY_BUDGET: '0' },
    });
    const state = () => world.values('upstream_breaker_state');
    expect(await state()).toEqual({ 'state="closed"': 1 });
    world.sandbox.answerAll(json(503, {}));
    for (const n of [1, 2]) await world.ask(query(meetingNumber(n)));
    expect(await state()).toEqual({ 'state="open"': 1 });
    clock.advance(5_000);
    const { answer, release } = held();
    world.sandbox.answerAll(answer);
    const probe = world.ask(query(meetingNumber(3)));
    await world.sandbox.hit(3);
    expect(await state()).toEqual({ 'state="half-open"': 1 });
    release();
    await probe;
    expect(await state()).toEqual({ 'state="closed"': 1 });
  });

  it('that differ from the documentation are counted by kind', async () => {
    await using world = await openMeasured();
    world.sandbox.answerAll(meetingBut({ a: 1, b: 2 }));
    await world.ask(query(meetingNumber(1)));
    await world.ask(query(meetingNumber(2)));
    expect(await world.values('contract_drift_total')).toEqual({ 'kind="unknownField"': 4 });
  });
});

it('open connections are counted', async () => {
  await using world = await openMeasured();
  const { port } = new URL(world.gateway.url);
  const sockets = [1, 2, 3].map(() => connect(Number(port), '127.0.0.1'));
  for (const socket of sockets) {
    socket.write('GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n');
    await once(socket, 'data');
  }
  expect(await world.value('client_connections')).toBe(3);
  sockets[0]?.end();
  await Promise.all(sockets.slice(0, 1).map(socket => once(socket, 'close')));
  expect(await world.value('client_connections')).toBe(2);
  for (const socket of sockets) socket.destroy();
});

it('keys that cannot be fetched are shown until they can be fetched again', async () => {
  const clock = createManualClock();
  await using checked = await openChecked(reply(500, ''), { env: { ADMIN_PORT: '0' }, clock });
  const { gateway, logged } = checked.world;
  const available = async () => (await scrape(gateway)).get('auth_keys_available');
  await logged('the keys that sign tokens cannot be fetched', 1);
  expect(await available()).toBe(0);
  const { jwk } = await createSigner('RS256');
  checked.keyServer.answer(publish([jwk]));
  await clock.awaited(5_000);
  clock.advance(5_000);
  await logged('the keys that sign tokens can be fetched again', 1);
  expect(await available()).toBe(1);
});

describe('the process', () => {
  it('is measured, and shows its versions and the lines that its log has lost', async () => {
    await using world = await openMeasured();
    const series = await scrape(world.gateway);
    expect(series.get(`gateway_info{version="1.2.3",node="${process.versions.node}"}`)).toBe(1);
    expect(series.get('log_lines_dropped_total')).toBe(7);
    const positive = [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'process_memory_limit_bytes',
      'process_open_fds',
      'nodejs_heap_size_used_bytes',
      'nodejs_heap_size_total_bytes',
      'nodejs_heap_size_limit_bytes',
      'nodejs_external_memory_bytes',
    ];
    for (const name of positive) expect([name, series.get(name)]).toEqual([name, expect.any(Number)]);
    for (const name of positive) expect(series.get(name), name).toBeGreaterThan(0);
    const age = Date.now() / 1000 - (series.get('process_start_time_seconds') ?? 0);
    expect(age).toBeGreaterThan(0);
    expect(age).toBeLessThan(3_600);
  });

  it('whose event loop is blocked shows it in the 99th percentile, for every scrape of a while', async () => {
    await using world = await openMeasured();
    await new Promise(resolve => setTimeout(resolve, 50));
    const end = performance.now() + 300;
    while (performance.now() < end);
    await new Promise(resolve => setTimeout(resolve, 50));
    for (let scrapes = 0; scrapes < 2; scrapes += 1)
      expect(await world.value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0.2);
  });

  it('counts each pause of the garbage collector', async () => {
    await using world = await openMeasured();
    const pauses = () => world.value('nodejs_gc_duration_seconds_count{kind="minor"}');
    while (((await pauses()) ?? 0) < 3) Array.from({ length: 200_000 }, (_, n) => ({ n }));
    expect(
      await world.value('nodejs_gc_duration_seconds_bucket{kind="minor",le="+Inf"}'),
    ).toBeGreaterThanOrEqual(3);
  });
});
