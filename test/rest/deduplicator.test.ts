import { describe, expect, it } from 'vitest';
import type { Reply } from '../../sandbox/reply.ts';
import { json, meeting, meetingWith } from '../../sandbox/reply.ts';
import type { Hit } from '../../sandbox/server.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { RequestContext } from '../../src/lib/request-context.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { createManualClock } from '../support/clock.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

const A = meetingNumber(1);

/** Answers once it is released. */
function gate(reply: Reply): { held: Reply; release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { held: exchange => promise.then(() => reply(exchange)), release: resolve };
}

/** Tells each caller who it is. */
const nameTag: Reply = exchange =>
  meetingWith(same => ({ ...same, userName: exchange.headers.authorization }))(exchange);

const headersOf = (name: string) => ({
  authorization: `Bearer ${name}`,
  'ocp-apim-subscription-key': `sandbox-${name}`,
});

/** The credentials of calls, in an order that does not depend on which came first. */
const credentialsOf = (calls: readonly Pick<Hit, 'headers'>[]) =>
  calls
    .map(({ headers }) => JSON.stringify([headers['ocp-apim-subscription-key'], headers.authorization]))
    .toSorted();

describe('the same meeting, asked for while a call for it is in flight', () => {
  it('200 requests of one caller are one call', async () => {
    await using world = await openWorld();
    const { held, release } = gate(nameTag);
    world.sandbox.answer(A, held);
    const asking = Array.from({ length: 200 }, () =>
      world.ask(`{ syncMeeting(id: "${A}") { userName } }`, { headers: headersOf('one') }),
    );
    await world.sandbox.hit(1);
    await world.joined(200);
    release();
    for (const { data } of await Promise.all(asking)) {
      expect(data).toEqual({ syncMeeting: { userName: 'Bearer one' } });
    }
    expect(world.sandbox.hits).toHaveLength(1);
  });

  it('200 requests of 20 callers are 20 calls, each with its own answer', async () => {
    await using world = await openWorld();
    const { held, release } = gate(nameTag);
    world.sandbox.answer(A, held);
    const asking = Array.from({ length: 200 }, async (_, n) => {
      const name = `caller-${n % 20}`;
      const { data } = await world.ask(`{ syncMeeting(id: "${A}") { userName } }`, {
        headers: headersOf(name),
      });
      expect(data).toEqual({ syncMeeting: { userName: `Bearer ${name}` } });
    });
    await world.sandbox.hit(20);
    await world.joined(200);
    release();
    await Promise.all(asking);
    expect(world.sandbox.hits).toHaveLength(20);
  });

  it.each([
    ['another token', { authorization: 'Bearer other', 'ocp-apim-subscription-key': 'sandbox-one' }],
    ['another key', { authorization: 'Bearer one', 'ocp-apim-subscription-key': 'sandbox-other' }],
    ['no token', { 'ocp-apim-subscription-key': 'sandbox-one' }],
  ])('%s is another caller', async (_what, other) => {
    await using world = await openWorld();
    const { held, release } = gate(nameTag);
    world.sandbox.answer(A, held);
    const callers: readonly Readonly<Record<string, string>>[] = [headersOf('one'), other];
    const asking = callers.map(headers =>
      world.ask<{ syncMeeting: unknown }>(`{ syncMeeting(id: "${A}") { userName } }`, { headers }),
    );
    await world.joined(2);
    release();
    const answers = await Promise.all(asking);
    expect(answers.map(({ data }) => data.syncMeeting)).toEqual(
      callers.map(headers => ({ userName: headers['authorization'] ?? null })),
    );
    expect(credentialsOf(world.sandbox.hits)).toEqual(credentialsOf(callers.map(headers => ({ headers }))));
  });

  it('callers of one id, which is only a hash, share no call', async () => {
    await using sandbox = await startSandbox();
    const { held, release } = gate(nameTag);
    sandbox.answer(A, held);
    await using upstream = openUpstream(sandbox);
    const { context, finish } = createRequestContext('test', 60_000, systemClock);
    const callers = ['one', 'two'].map(name => ({ ...callerNamed(name), id: 'same' }));
    const calls = callers.map(caller => upstream.sync(A, caller, context));
    await sandbox.hit(2);
    release();
    const names = (await Promise.all(calls)).map(({ userName }) => userName);
    expect(names).toEqual(['Bearer one', 'Bearer two']);
    finish();
  });

  it('all who wait get the failure, each under its own request id', async () => {
    await using world = await openWorld();
    const { held, release } = gate(json(403, 'no'));
    world.sandbox.answer(A, held);
    const asking = ['first', 'second'].map(id =>
      world.ask(`{ syncMeeting(id: "${A}") { id } }`, {
        headers: { ...headersOf('one'), 'x-request-id': id },
      }),
    );
    await world.joined(2);
    release();
    const answers = await Promise.all(asking);
    expect(
      answers.map(({ errors }) => [errors[0]?.extensions.code, errors[0]?.extensions.requestId]),
    ).toEqual([
      ['FORBIDDEN', 'first'],
      ['FORBIDDEN', 'second'],
    ]);
  });

  it('is shared whatever other calls of its caller begin and end', async () => {
    await using sandbox = await startSandbox();
    const [B, C] = [meetingNumber(2), meetingNumber(3)];
    const { held, release } = gate(meeting);
    for (const id of [A, B]) sandbox.answer(id, held);
    await using upstream = openUpstream(sandbox);
    const { context, finish } = createRequestContext('test', 60_000, systemClock);
    const sync = (id: typeof A) => upstream.sync(id, callerNamed('one'), context);
    const waiting = [sync(A), sync(B)];
    await sync(C);
    waiting.push(sync(A), sync(B));
    release();
    await Promise.all(waiting);
    expect(sandbox.hits).toHaveLength(3);
    expect(context.stats.deduplicated).toBe(2);
    finish();
  });

  it('is a new call once the answer has come: there is no cache', async () => {
    await using world = await openWorld();
    for (let n = 1; n <= 3; n += 1) {
      await world.ask(`{ syncMeeting(id: "${A}") { id } }`);
      expect(world.sandbox.hits).toHaveLength(n);
    }
  });
});

describe('those who share a call', () => {
  async function open(count: number) {
    const sandbox = await startSandbox();
    const { held, release } = gate(meeting);
    sandbox.answer(A, held);
    const clock = createManualClock();
    const upstream = openUpstream(sandbox, { clock });
    const opened = Array.from({ length: count }, (_, n) =>
      createRequestContext(`request-${n}`, 1_000 * (n + 1), clock),
    );
    const join = (context: RequestContext) => upstream.sync(A, callerNamed('one'), context);
    return {
      sandbox,
      clock,
      release,
      opened,
      calls: opened.map(({ context }) => join(context)),
      async [Symbol.asyncDispose]() {
        await upstream.close();
        await sandbox.close();
      },
    };
  }

  it('are answered when the one who started it leaves', async () => {
    await using shared = await open(3);
    const [leader, ...followers] = shared.calls;
    await shared.sandbox.hit(1);
    shared.opened[0]?.cancel();
    await expect(leader).rejects.toThrow('nobody waits');
    shared.release();
    for (const follower of followers) expect((await follower).id).toBe(A);
    expect(shared.sandbox.hits.map(hit => hit.outcome)).toEqual(['answered']);
  });

  it('wait each to its own deadline, and the call lives to the longest', async () => {
    await using shared = await open(3);
    const [first, second, third] = shared.calls;
    await shared.sandbox.hit(1);
    shared.clock.advance(1_000);
    await expect(first).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    shared.clock.advance(1_000);
    await expect(second).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    expect(shared.sandbox.hits[0]?.outcome).toBe('open');
    shared.release();
    expect((await third)?.id).toBe(A);
  });

  it.each([
    ['first', 1_000, 15_000],
    ['last', 15_000, 1_000],
  ])(
    'are retried where one of them waits long enough, though not the %s to ask',
    async (_which, first, last) => {
      await using sandbox = await startSandbox();
      sandbox.answer(A, exchange =>
        (exchange.earlier === 0 ? json(429, {}, { 'Retry-After': '3' }) : meeting)(exchange),
      );
      const clock = createManualClock();
      await using upstream = openUpstream(sandbox, { clock });
      const calls = [first, last].map(timeout =>
        upstream.sync(A, callerNamed('one'), createRequestContext('test', timeout, clock).context),
      );
      const ends = Promise.allSettled(calls);
      await clock.awaited(3_000);
      clock.advance(3_000);
      expect((await ends).map(end => (end.status === 'fulfilled' ? end.value.id : end.reason.code))).toEqual(
        [first, last].map(timeout => (timeout === 15_000 ? A : 'UPSTREAM_TIMEOUT')),
      );
    },
  );

  it('end the call when the last of them leaves', async () => {
    await using shared = await open(2);
    await shared.sandbox.hit(1);
    shared.opened[0]?.cancel();
    expect(shared.sandbox.hits[0]?.outcome).toBe('open');
    shared.opened[1]?.cancel();
    await Promise.allSettled(shared.calls);
    await shared.sandbox.idle();
    expect(shared.sandbox.hits.map(hit => hit.outcome)).toEqual(['cut']);
  });

  it('have stats of their own', async () => {
    await using shared = await open(2);
    shared.release();
    await Promise.all(shared.calls);
    expect(shared.opened.map(({ context }) => context.stats)).toEqual([
      { calls: 1, retries: 0, deduplicated: 0 },
      { calls: 0, retries: 0, deduplicated: 1 },
    ]);
  });
});
