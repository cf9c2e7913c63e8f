import { describe, expect, it } from 'vitest';
import { after, hang, meeting, meetingWith } from '../../sandbox/reply.ts';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { createMeetingLoader } from '../../src/luminus/meeting-loader.ts';
import { callerNamed, idOf, meetingNumber, openUpstream } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

const A = 'aaaaaaaa-0000-4000-8000-000000000001';
const B = 'bbbbbbbb-0000-4000-8000-000000000002';

/** What a loader knows of the request, beside its context. */
const REQUEST = { caller: callerNamed('a'), started: null, maxMeetings: 100 };

describe('within one request', () => {
  it('an id is synced once, whatever aliases, lists and letter cases name it', async () => {
    await using world = await openWorld();
    const { data, errors } = await world.ask(
      `query ($upper: UUID!, $ids: [UUID!]!) {
        a: syncMeeting(id: "${A}") { id } again: syncMeeting(id: "${A}") { name } upper: syncMeeting(id: $upper) { id }
        list: syncMeetings(ids: $ids) { id }
      }`,
      { variables: { upper: A.toUpperCase(), ids: [B, A, B, A.toUpperCase()] } },
    );
    expect(errors).toEqual([]);
    expect(data).toMatchObject({
      a: { id: A },
      upper: { id: A },
      list: [{ id: B }, { id: A }, { id: B }, { id: A }],
    });
    expect(world.sandbox.hits.map(hit => hit.path).toSorted()).toEqual([
      `/zoom/Meeting/${A}/Sync`,
      `/zoom/Meeting/${B}/Sync`,
    ]);
  });

  it('different ids go side by side', async () => {
    await using world = await openWorld();
    const everybodyIsHere = world.sandbox.hit(3);
    world.sandbox.answerAll(async exchange => {
      await everybodyIsHere;
      await meeting(exchange);
    });
    const { data } = await world.ask('query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }', {
      variables: { ids: [A, B, scenarioId(999)] },
    });
    expect(data).toEqual({ syncMeetings: [{ id: A }, { id: B }, { id: scenarioId(999) }] });
  });

  it('a slow meeting does not hold back a fast one', async () => {
    await using sandbox = await startSandbox();
    sandbox.answer(A, hang);
    await using upstream = openUpstream(sandbox);
    const { context, cancel } = createRequestContext('test', 5_000, systemClock);
    const loader = createMeetingLoader({ ...REQUEST, ...upstream, context });
    const slow = loader.load(idOf(A));
    expect((await loader.load(idOf(B))).id).toBe(B);
    expect(sandbox.hitsOf(A).map(hit => hit.outcome)).toEqual(['open']);
    cancel();
    await expect(slow).rejects.toThrow('nobody waits');
  });

  it.each([
    [59, 'loaded'],
    [60, 'loaded'],
    [61, 'LIMIT_EXCEEDED'],
  ])('40 meetings and, once they are there, %i more: %s', async (more, end) => {
    await using sandbox = await startSandbox();
    await using upstream = openUpstream(sandbox);
    const { context, finish } = createRequestContext('test', 60_000, systemClock);
    const loader = createMeetingLoader({ ...REQUEST, ...upstream, context });
    const load = (from: number, count: number) =>
      Promise.all(Array.from({ length: count }, (_, n) => loader.load(meetingNumber(from + n))));
    await load(0, 40);
    const second = load(40, more).then(
      () => 'loaded',
      error => error.code,
    );
    expect(await second).toBe(end);
    finish();
  });

  it('answers come in the order asked, a failing id is null with an error at its own path', async () => {
    await using world = await openWorld();
    world.sandbox.answer(B, after(30, meeting));
    const ids = [B, scenarioId(403), A, scenarioId(404), scenarioId(403)];
    const { status, data, errors } = await world.ask(
      'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }',
      {
        variables: { ids },
      },
    );
    expect(status).toBe(200);
    expect(data).toEqual({ syncMeetings: [{ id: B }, null, { id: A }, null, null] });
    expect(new Set(errors.map(({ path, extensions }) => `${path?.join('.')} ${extensions.code}`))).toEqual(
      new Set(['syncMeetings.1 FORBIDDEN', 'syncMeetings.3 NOT_FOUND', 'syncMeetings.4 FORBIDDEN']),
    );
    expect(world.sandbox.hits).toHaveLength(4);
  });

  it('no ids are no meetings and no calls', async () => {
    await using world = await openWorld();
    const { data } = await world.ask('{ syncMeetings(ids: []) { id } }');
    expect(data).toEqual({ syncMeetings: [] });
    expect(world.sandbox.hits).toHaveLength(0);
  });

  it('nothing is kept for the next request', async () => {
    await using world = await openWorld();
    world.sandbox.answer(A, exchange =>
      meetingWith(same => ({ ...same, name: `sync ${exchange.earlier}` }))(exchange),
    );
    for (const name of ['sync 0', 'sync 1']) {
      const { data } = await world.ask(`{ syncMeeting(id: "${A}") { name } }`);
      expect(data).toEqual({ syncMeeting: { name } });
    }
  });
});

describe('an id', () => {
  it.each([
    '{3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b}',
    ' 3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b',
    '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b\n',
    '3f2b8c1e5d4a4e6f9a7b1c2d3e4f5a6b',
    '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6',
    '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6bb',
    '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6g',
    '../../../admin',
    '',
    12,
    null,
    ['3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b'],
  ])('that is %j is refused before any call', async id => {
    await using world = await openWorld();
    const { data, errors } = await world.ask('query ($id: UUID!) { syncMeeting(id: $id) { id } }', {
      variables: { id },
    });
    expect(data).toBeUndefined();
    expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(world.sandbox.hits).toHaveLength(0);
  });

  it('that is malformed in the document itself is a validation error', async () => {
    await using world = await openWorld();
    const { errors } = await world.ask('{ syncMeeting(id: "nope") { id } }');
    expect(errors[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(errors[0]?.message).toContain('8-4-4-4-12 hex digits');
    expect(errors[0]?.locations).toEqual([{ line: 1, column: 19 }]);
    expect(world.sandbox.hits).toHaveLength(0);
  });

  it.each([
    ['of a variable', 'query ($id: UUID!) { syncMeeting(id: $id) { id } }', { id: 'no' }, '"$id"', '"id"'],
    [
      'in a list',
      'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }',
      { ids: [A, A, A, 'no'] },
      '"$ids"',
      '"ids[3]"',
    ],
    [
      'that looks like a place itself',
      'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }',
      { ids: [A, 'no" at "ids[7]"; '] },
      '"$ids"',
      '"ids[1]"',
    ],
  ])(
    '%s that is malformed is named by its variable and place, and not repeated',
    async (_what, query, variables, name, place) => {
      await using world = await openWorld();
      const { errors } = await world.ask(query, { variables });
      expect(errors.map(({ message }) => message)).toEqual([
        `Variable ${name} has an invalid value at ${place}: A UUID is 8-4-4-4-12 hex digits, such as 3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b.`,
      ]);
    },
  );

  it('is lower-cased on the wire and in the answer', async () => {
    await using world = await openWorld();
    const { data } = await world.ask(`{ syncMeeting(id: "${A.toUpperCase()}") { id } }`);
    expect(data).toEqual({ syncMeeting: { id: A } });
    expect(world.sandbox.hits[0]?.id).toBe(A);
  });

  it('goes behind the path prefix of the upstream', async () => {
    await using world = await openWorld({ sandbox: { pathPrefix: '/v2/api' } });
    await world.ask(`{ syncMeeting(id: "${A}") { id } }`);
    expect(world.sandbox.hits[0]?.path).toBe(`/v2/api/zoom/Meeting/${A}/Sync`);
  });
});
