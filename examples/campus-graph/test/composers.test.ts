import { describe, expect } from 'vitest';
import type { Composer } from '../composers.ts';
import { STUDENT } from './support/ask.ts';
import { ALSO_GOOD, FORBIDDEN, GOOD, NOT_FOUND } from './support/ids.ts';
import { openWorld, testWith } from './support/world.ts';

/** Both federation routers compose what the gateway tells of itself. */
const test = testWith({ INTROSPECTION: 'on' });

/** A meeting as these queries ask for it. */
interface Meeting {
  readonly id: string;
  readonly name: string | null;
  readonly topic: string | null;
}

interface Trial {
  readonly moduleOf: { readonly meetings: readonly (Meeting | null)[] };
}

const TRIAL = `query Trial($ids: [UUID!]!) { moduleOf(meetings: $ids) { meetings { id name topic } } }`;

/** Good, failing and repeated ids, in no order. */
const MIXED = [GOOD, FORBIDDEN, ALSO_GOOD, GOOD, NOT_FOUND, FORBIDDEN];
const FAILING = [
  { at: 1, code: 'FORBIDDEN' },
  { at: 4, code: 'NOT_FOUND' },
  { at: 5, code: 'FORBIDDEN' },
];

/** One error a field, and the place in the list is lost: graphql-tools relocates errors to the path of the list. */
const ERROR_A_FIELD = FAILING.flatMap(({ code }) =>
  ['name', 'topic'].map(field => ({ path: ['moduleOf', 'meetings', field], code })),
);

/** One error a meeting, at its place. */
const ERROR_A_MEETING = FAILING.map(({ at, code }) => ({ path: ['moduleOf', 'meetings', at], code }));

interface Expected {
  readonly composer: Composer;
  /** The errors of MIXED. */
  readonly errors: readonly { readonly path: readonly (string | number)[]; readonly code: string }[];
  /** How many requests the gateway gets for the meetings under two names. */
  readonly requests: number;
}

describe.each<Expected>([
  { composer: 'stitching', errors: ERROR_A_FIELD, requests: 1 },
  { composer: 'apollo', errors: ERROR_A_MEETING, requests: 2 },
  { composer: 'hive', errors: ERROR_A_FIELD, requests: 1 },
])('a campus graph by $composer', ({ composer, errors, requests }) => {
  test('keeps the order of good, failing and repeated ids, and asks for each id once', async ({
    backend,
  }) => {
    await using world = await openWorld(composer, backend);
    const answer = await world.ask<Trial>(TRIAL, { variables: { ids: MIXED } });

    const { meetings } = answer.data.moduleOf;
    expect(meetings.map(meeting => meeting?.id)).toEqual(MIXED);
    expect(meetings.flatMap((meeting, at) => (meeting?.name == null ? [at] : []))).toEqual([1, 4, 5]);
    expect(meetings.flatMap((meeting, at) => (meeting?.topic == null ? [at] : []))).toEqual([1, 4, 5]);
    expect(meetings[3]).toEqual(meetings[0]);
    const told = answer.errors.map(({ path, extensions }) => ({ path, code: extensions.code }));
    expect(told).toHaveLength(errors.length);
    expect(told).toEqual(expect.arrayContaining([...errors]));

    expect(backend.gateway.requests).toHaveLength(1);
    expect(backend.sandbox.hits.map(hit => hit.id).sort()).toEqual([...new Set(MIXED)].sort());
  });

  test('asks the gateway once for the meetings of all modules', async ({ backend }) => {
    await using world = await openWorld(composer, backend);
    const { data } = await world.ask<{ modules: { meetings: Meeting[] }[] }>(
      '{ modules { code meetings { id name } } }',
    );

    const ids = data.modules.flatMap(module => module.meetings.map(meeting => meeting.id));
    expect(new Set(ids).size).toBeLessThan(ids.length);
    expect(world.modules.requests).toHaveLength(1);
    expect(backend.gateway.requests).toHaveLength(1);
    expect(backend.sandbox.hits.map(hit => hit.id).sort()).toEqual([...new Set(ids)].sort());
  });

  test('asks under two names for what is asked under two names', async ({ backend }) => {
    await using world = await openWorld(composer, backend);
    const { data } = await world.ask<Record<'one' | 'two', Trial['moduleOf']>>(
      `query Names($one: [UUID!]!, $two: [UUID!]!) {
        one: moduleOf(meetings: $one) { meetings { id name } }
        two: moduleOf(meetings: $two) { meetings { id name topic } }
      }`,
      { variables: { one: [GOOD, FORBIDDEN], two: [FORBIDDEN, ALSO_GOOD, GOOD] } },
    );

    expect(data.one.meetings.map(meeting => meeting?.name)).toEqual([expect.any(String), null]);
    expect(data.one.meetings[0]?.name).toBe(data.two.meetings[2]?.name);
    expect(backend.gateway.requests).toHaveLength(requests);
  });

  test('has the queries of the gateway, with the place of each error', async ({ backend }) => {
    await using world = await openWorld(composer, backend);
    const answer = await world.ask<{ syncMeetings: (Meeting | null)[] }>(
      'query Some($ids: [UUID!]!) { syncMeetings(ids: $ids) { id name } }',
      { variables: { ids: MIXED } },
    );

    expect(answer.data.syncMeetings.flatMap((meeting, at) => (meeting === null ? [at] : []))).toEqual([
      1, 4, 5,
    ]);
    const told = answer.errors.map(({ path, extensions }) => ({ path, code: extensions.code }));
    expect(told).toHaveLength(FAILING.length);
    expect(told).toEqual(
      expect.arrayContaining(FAILING.map(({ at, code }) => ({ path: ['syncMeetings', at], code }))),
    );
  });

  test('hands the credentials of each caller on to the gateway, and to nobody else', async ({ backend }) => {
    await using world = await openWorld(composer, backend);
    const callers = ['alice', 'bob'].map(name => ({
      authorization: `Bearer ${name}`,
      'ocp-apim-subscription-key': `sandbox-${name}`,
    }));
    await Promise.all(callers.map(headers => world.ask(TRIAL, { variables: { ids: [GOOD] }, headers })));

    const reached = backend.sandbox.hits.map(({ headers }) => ({
      authorization: headers.authorization,
      'ocp-apim-subscription-key': headers['ocp-apim-subscription-key'],
    }));
    expect(reached).toHaveLength(2);
    expect(reached).toEqual(expect.arrayContaining(callers));
    for (const headers of world.modules.requests) {
      expect(Object.keys(headers)).not.toContain('authorization');
      expect(Object.keys(headers)).not.toContain('ocp-apim-subscription-key');
    }
  });

  test('tells a caller without a key what is missing, and still names the meetings', async ({ backend }) => {
    await using world = await openWorld(composer, backend);
    const { authorization } = STUDENT;
    const answer = await world.ask<Trial>(TRIAL, { variables: { ids: [GOOD] }, headers: { authorization } });

    expect(answer.data.moduleOf.meetings).toEqual([{ id: GOOD, name: null, topic: null }]);
    expect(new Set(answer.errors.map(error => error.extensions.code))).toEqual(new Set(['UNAUTHENTICATED']));
    expect(backend.sandbox.hits).toEqual([]);
  });
});
