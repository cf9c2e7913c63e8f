import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { meetingOf } from '../../sandbox/meeting.ts';
import { GatewayError } from '../../src/lib/errors.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import type { Events } from '../../src/observability/observer.ts';
import { createManualClock } from '../support/clock.ts';
import { listen } from '../support/http.ts';
import { createMemoryLog } from '../support/log.ts';
import type { UpstreamOptions } from '../support/upstream.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';
import { createGetRecording, createRecordingLoader } from './second-operation.ts';

type Reply = (response: ServerResponse, id: string, request: IncomingMessage) => void;

const [A, B] = [meetingNumber(1), meetingNumber(2)];

const recordingOf = (id: string) => ({
  id,
  title: `Recording ${id}`,
  recordedDate: '2026-11-23T10:00:00+08:00',
});

const json =
  (status: number, body: (id: string) => unknown): Reply =>
  (response, id) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body(id)));

const recording = json(200, recordingOf);
const unavailable = json(503, () => ({}));

/** A server of recordings and meetings that gives the replies in order, the last of them for ever; and a client of it. */
async function open(replies: readonly Reply[], options: UpstreamOptions = {}) {
  await using made = new AsyncDisposableStack();
  const hits: string[] = [];
  const arrived = new Set<() => void>();
  const server = createServer((request, response) => {
    const { url = '' } = request;
    const reply = replies[Math.min(hits.length, replies.length - 1)] ?? recording;
    hits.push(url);
    for (const look of arrived) look();
    reply(response, url.split('/')[3] ?? '', request);
  });
  const port = await listen(server);
  made.defer(() => {
    server.closeAllConnections();
    return new Promise<void>(resolve => server.close(() => resolve()));
  });
  const clock = createManualClock();
  const { log, lines } = createMemoryLog();
  const attempts: Events['attemptFinished'][] = [];
  const queue: Events['queueChanged'][] = [];
  const upstream = made.use(
    openUpstream(
      { url: `http://127.0.0.1:${port}` },
      {
        clock,
        log,
        subscriber: {
          attemptFinished: event => attempts.push(event),
          queueChanged: event => queue.push(event),
        },
        ...options,
      },
    ),
  );
  const getRecording = createGetRecording(upstream.decoding);
  const all = made.move();
  return {
    upstream,
    clock,
    hits,
    attempts,
    queue,
    lines,
    get(id: typeof A, name = 'a', timeout = 15_000) {
      const { context } = createRequestContext('test', timeout, clock);
      return { context, value: upstream.client.call(getRecording, id, callerNamed(name), context) };
    },
    hit: (count: number) =>
      new Promise<void>(resolve => {
        const look = (): void => {
          if (hits.length < count) return;
          arrived.delete(look);
          resolve();
        };
        arrived.add(look);
        look();
      }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

it('is called by its path and decoded by its fields', async () => {
  await using world = await open([recording]);
  expect(await world.get(A).value).toEqual({
    id: A,
    title: `Recording ${A}`,
    recordedDate: '2026-11-23T02:00:00.000Z',
  });
  expect(world.hits).toEqual([`/zoom/Recording/${A}`]);
  expect(world.attempts).toEqual([
    expect.objectContaining({
      requestId: 'test',
      operation: 'getRecording',
      durationMs: expect.any(Number),
      retry: 0,
      queuedMs: 0,
      status: 200,
      isShared: false,
      failure: null,
    }),
  ]);
});

it('is loaded once a request by its loader', async () => {
  await using world = await open([recording]);
  const loader = createRecordingLoader(id => world.get(id).value);
  const loaded = await Promise.all([A, B, A].map(id => loader.load(id)));
  expect(loaded.map(({ id }) => id)).toEqual([A, B, A]);
  expect(world.hits.toSorted()).toEqual([A, B].map(id => `/zoom/Recording/${id}`));
});

it('is deduplicated for one caller, and shared with no other caller and no other operation', async () => {
  const released = Promise.withResolvers<void>();
  const byPath: Reply = (response, id, request) =>
    (request.url?.includes('Meeting') ? json(200, meetingOf) : recording)(response, id, request);
  const held: Reply = (...arrived) => void released.promise.then(() => byPath(...arrived));
  await using world = await open([held]);
  const asked = [world.get(A), world.get(A), world.get(A, 'b')];
  const meeting = world.upstream.sync(A, callerNamed('a'), asked[0]?.context ?? world.get(B).context);
  await world.hit(3);
  released.resolve();
  for (const { value } of asked) expect((await value).title).toBe(`Recording ${A}`);
  expect((await meeting).meetingID).toBe(meetingOf(A).meetingID);
  expect(asked.map(({ context }) => context.stats)).toEqual([
    { calls: 2, retries: 0, deduplicated: 0 },
    { calls: 0, retries: 0, deduplicated: 1 },
    { calls: 1, retries: 0, deduplicated: 0 },
  ]);
  expect(world.hits).toHaveLength(3);
});

it('is retried, and each attempt is observed under its name', async () => {
  await using world = await open([unavailable, recording], { random: () => 0 });
  const { value, context } = world.get(A);
  await world.clock.awaited(100);
  world.clock.advance(100);
  expect((await value).id).toBe(A);
  expect(context.stats).toEqual({ calls: 2, retries: 1, deduplicated: 0 });
  expect(world.attempts.map(({ operation, failure }) => [operation, failure?.code])).toEqual([
    ['getRecording', 'UPSTREAM_UNAVAILABLE'],
    ['getRecording', undefined],
  ]);
});

it('opens the breaker of the API with its failures', async () => {
  await using world = await open([unavailable], { retry: { budget: 0 } });
  const calls = Array.from({ length: 20 }, (_, n) => world.get(meetingNumber(n), `${n}`).value);
  await Promise.allSettled(calls);
  const refused = { extensions: { code: 'UPSTREAM_UNAVAILABLE', retryAfter: 5 } };
  const { value, context } = world.get(A);
  await expect(value).rejects.toMatchObject(refused);
  await expect(world.upstream.sync(B, callerNamed('a'), context)).rejects.toMatchObject(refused);
  expect(world.hits).toHaveLength(20);
});

it('is queued behind the calls in flight, and OVERLOADED when it still is at its deadline', async () => {
  await using world = await open([() => {}], { limiter: { maxInFlight: 1 } });
  const inFlight = world.get(A).value;
  const queued = world.get(B, 'a', 5_000).value;
  const ends = Promise.allSettled([inFlight, queued]);
  await world.hit(1);
  world.clock.advance(8_000);
  expect((await ends).map(end => (end.status === 'rejected' ? end.reason.code : 'answered'))).toEqual([
    'UPSTREAM_TIMEOUT',
    'OVERLOADED',
  ]);
  expect(world.hits).toHaveLength(1);
  expect(world.queue).toEqual([
    { inFlight: 1, queued: 0 },
    { inFlight: 1, queued: 1 },
    { inFlight: 1, queued: 0 },
    { inFlight: 0, queued: 0 },
  ]);
});

it.each<[string, Reply, string]>([
  ['403', json(403, () => 'no'), 'FORBIDDEN'],
  ['404', json(404, () => 'no'), 'NOT_FOUND'],
  ['a list', json(200, () => []), 'UPSTREAM_INVALID_RESPONSE'],
  ['the recording of another id', json(200, () => recordingOf(B)), 'UPSTREAM_INVALID_RESPONSE'],
  ['no id', json(200, id => ({ ...recordingOf(id), id: undefined })), 'UPSTREAM_INVALID_RESPONSE'],
])('is classified: %s is %s', async (_what, reply, code) => {
  await using world = await open([reply]);
  await expect(world.get(A).value).rejects.toMatchObject({ code });
  expect(world.attempts).toMatchObject([{ operation: 'getRecording', failure: { code } }]);
});

it('shows how it differs from its documentation, and keeps what can be read', async () => {
  const differing = json(200, id => ({
    ...recordingOf(id),
    title: { text: 'CANARY' },
    zoomRegion: 'CANARY',
  }));
  await using world = await open([differing]);
  const { title, recordedDate } = await world.get(A).value;
  expect(title).toBeInstanceOf(GatewayError);
  expect(recordedDate).toBe('2026-11-23T02:00:00.000Z');
  expect([...world.upstream.decoding.drift.counts()]).toEqual([
    ['unknownField zoomRegion', 1],
    ['brokenField title', 1],
  ]);
  expect(world.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields)).toEqual([
    { drift: 'unknownField', name: 'zoomRegion' },
    { drift: 'brokenField', name: 'title' },
  ]);
  expect(JSON.stringify(world.lines)).not.toContain('CANARY');
});
