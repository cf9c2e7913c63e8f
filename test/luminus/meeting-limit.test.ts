import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/load.ts';
import { MEETING_FIELDS } from '../../src/luminus/meeting.ts';
import { meetingNumber } from '../support/upstream.ts';
import type { World } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

const LIST = 'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }';
const ENTITIES = 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  return () => world[Symbol.asyncDispose]();
});

const ids = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, n) => meetingNumber(from + n));
const aliased = (named: readonly string[]): string =>
  named.map((id, n) => `m${n}: syncMeeting(id: "${id}") { id }`).join(' ');

/** Each way to name `count` different meetings. */
const WAYS: readonly (readonly [string, (count: number) => readonly [string, object]])[] = [
  ['in a list', count => [LIST, { ids: ids(0, count) }]],
  [
    'in lists under aliases',
    count => [
      'query ($a: [UUID!]!, $b: [UUID!]!) { a: syncMeetings(ids: $a) { id } b: syncMeetings(ids: $b) { id } }',
      { a: ids(0, 60), b: ids(60, count - 60) },
    ],
  ],
  [
    'by aliases and a list',
    count => [
      `query ($ids: [UUID!]!) { ${aliased(ids(0, 29))} syncMeetings(ids: $ids) { id } }`,
      { ids: ids(29, count - 29) },
    ],
  ],
  [
    'in a list, each of them three times and in either case',
    count => {
      const once = ids(0, count);
      return [LIST, { ids: [...once, ...once.map(id => id.toUpperCase()), ...once] }];
    },
  ],
  [
    'as representations',
    count => [ENTITIES, { of: ids(0, count).map(id => ({ __typename: 'ZoomMeeting', id })) }],
  ],
  [
    'as representations and in a list',
    count => [
      'query ($of: [_Any!]!, $ids: [UUID!]!) { _entities(representations: $of) { __typename } syncMeetings(ids: $ids) { id } }',
      { of: ids(0, 50).map(id => ({ __typename: 'ZoomMeeting', id })), ids: ids(40, count - 40) },
    ],
  ],
];

/** The limit by default. */
const MAX_MEETINGS = 100;

it('the limit is 100 by default', () => {
  expect(readConfig({}).MAX_MEETINGS_PER_REQUEST).toBe(MAX_MEETINGS);
});

describe.each([1, 250])('where MAX_MEETINGS_PER_REQUEST is %i', max => {
  let limited: World;
  beforeAll(async () => {
    limited = await openWorld({
      env: { MAX_MEETINGS_PER_REQUEST: String(max), UPSTREAM_MAX_QUEUED: '1000' },
    });
    return () => limited[Symbol.asyncDispose]();
  });

  it.each([max - 1, max])('%i different meetings are answered, with all their fields', async count => {
    limited.sandbox.clear();
    const fields = Object.keys(MEETING_FIELDS).join(' ');
    const query = `query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { ${fields} } }`;
    const { data, errors } = await limited.ask<{ syncMeetings: object[] }>(query, {
      variables: { ids: ids(0, count) },
    });
    expect([errors, data.syncMeetings.length, limited.sandbox.hits.length]).toEqual([[], count, count]);
  });

  it('one more is refused whole, without a call', async () => {
    limited.sandbox.clear();
    const { data, errors } = await limited.ask(LIST, { variables: { ids: ids(0, max + 1) } });
    expect(JSON.stringify(data)).not.toContain('"id"');
    expect(errors[0]).toMatchObject({
      message: expect.stringContaining(`more than ${max} different meetings`),
      extensions: { code: 'LIMIT_EXCEEDED' },
    });
    expect(limited.sandbox.hits).toHaveLength(0);
  });
});

it.each([
  ['0', false],
  ['1', true],
  ['1000', true],
  ['1001', false],
])('MAX_MEETINGS_PER_REQUEST=%s can be set: %s', (value, isValid) => {
  const read = () => readConfig({ MAX_MEETINGS_PER_REQUEST: value });
  if (isValid) expect(read().MAX_MEETINGS_PER_REQUEST).toBe(Number(value));
  else expect(read).toThrow('MAX_MEETINGS_PER_REQUEST must be a whole number from 1 to 1000');
});

describe.each(WAYS)('different meetings named %s', (_how, write) => {
  it.each([MAX_MEETINGS - 1, MAX_MEETINGS])('are answered when they are %i', async count => {
    world.sandbox.clear();
    const [query, variables] = write(count);
    const { errors } = await world.ask(query, { variables: { ...variables } });
    expect([errors, world.sandbox.hits.length]).toEqual([[], count]);
  });

  it('are refused whole when they are one more, and nothing is called', async () => {
    world.sandbox.clear();
    const [query, variables] = write(MAX_MEETINGS + 1);
    const { data, errors } = await world.ask(query, { variables: { ...variables } });
    expect(JSON.stringify(data)).not.toContain('"id"');
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['LIMIT_EXCEEDED']));
    expect(errors[0]?.message).toContain('more than 100 different meetings');
    expect(world.sandbox.hits).toHaveLength(0);
  });
});

describe('a meeting that is named again and again', () => {
  const NAMES = 10 * MAX_MEETINGS;
  const id = meetingNumber(1);
  const again = (count: number): string[] => Array(count).fill(id);

  it.each([NAMES - 1, NAMES])('%i times in lists is one call', async count => {
    world.sandbox.clear();
    const query =
      'query ($a: [UUID!]!, $b: [UUID!]!) { a: syncMeetings(ids: $a) { id } b: syncMeetings(ids: $b) { id } }';
    const { data, errors } = await world.ask(query, { variables: { a: again(500), b: again(count - 500) } });
    expect(errors).toEqual([]);
    expect(Object.values(data).flat()).toHaveLength(count);
    expect(world.sandbox.hits).toHaveLength(1);
  });

  it.each([
    ['in one list', LIST, { ids: again(NAMES + 1) }],
    [
      'as representations',
      ENTITIES,
      { of: again(NAMES + 1).map(key => ({ __typename: 'ZoomMeeting', id: key })) },
    ],
    ['as representations of nothing', ENTITIES, { of: Array(NAMES + 1).fill(1) }],
  ])('%s, once more than may be, is one error and no call', async (_where, query, variables) => {
    world.sandbox.clear();
    const { data, errors, text } = await world.ask(query, { variables });
    expect([data, errors.map(({ extensions }) => extensions.code)]).toEqual([null, ['LIMIT_EXCEEDED']]);
    expect(errors[0]?.message).toContain('more than 1000 meetings');
    expect(text.length).toBeLessThan(1_000);
    expect(world.sandbox.hits).toHaveLength(0);
  });

  it('in lists under thirty aliases, more often than may be, costs no more than its first names', async () => {
    world.sandbox.clear();
    const aliases = Array.from({ length: 30 }, (_, n) => `a${n}: syncMeetings(ids: $ids) { id }`).join(' ');
    const { data, errors } = await world.ask(`query ($ids: [UUID!]!) { ${aliases} }`, {
      variables: { ids: again(NAMES / 2) },
    });
    expect([data, errors.map(({ extensions }) => extensions.code)]).toEqual([null, ['LIMIT_EXCEEDED']]);
    expect(world.sandbox.hits.length).toBeLessThanOrEqual(1);
  });
});
