import { readFile } from 'node:fs/promises';
import { getIntrospectionQuery } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { postBody } from '../support/http.ts';
import type { AnswerError, World } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  return () => world[Symbol.asyncDispose]();
});

const ask = (query: string, variables = {}, { gateway } = world) =>
  postBody(gateway.url, JSON.stringify({ query, variables }), {
    accept: 'application/graphql-response+json',
  });

const messagesOf = (text: string): string[] =>
  JSON.parse(text).errors.map(({ message }: AnswerError) => message);

interface NearMiss {
  readonly what: string;
  readonly query: string;
  /** What it comes close to. */
  readonly right: string;
  readonly variables?: object;
}

const MEETING = 'syncMeeting(id: "3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b")';

const NEAR_MISSES: readonly NearMiss[] = [
  { what: 'a field of Query', query: '{ syncMeetin }', right: 'syncMeeting' },
  { what: 'a field of a meeting', query: `{ ${MEETING} { hostKe } }`, right: 'hostKey' },
  { what: 'an argument', query: '{ syncMeetings(id: []) { id } }', right: 'Did you mean' },
  { what: 'an argument of a directive', query: '{ __typename @include(i: true) }', right: 'Did you mean' },
  { what: 'a directive', query: '{ __typename @includ(if: true) }', right: 'include' },
  { what: 'a type of a variable', query: `query ($id: UUI!) { syncMeeting(id: $id) { id } }`, right: 'UUID' },
  {
    what: 'a type of a fragment',
    query: '{ _entities(representations: []) { ... on ZoomMeetin { id } } }',
    right: 'ZoomMeeting',
  },
  {
    what: 'a fragment',
    query: '{ ...Meetin } fragment Meeting on Query { __typename }',
    right: 'Did you mean',
  },
  {
    what: 'a field behind a union',
    query: '{ _entities(representations: []) { hostKey } }',
    right: 'ZoomMeeting',
  },
  { what: 'a field that has fields', query: `{ ${MEETING} }`, right: 'Did you mean' },
  {
    what: 'an enum value in a variable',
    query: 'query ($t: MeetingType) { _entities(representations: [{ a: $t }]) { __typename } }',
    right: 'CUSTOM',
    variables: { t: 'CUSTM' },
  },
];

describe('by default', () => {
  it.each([
    ['__schema', '{ __schema { queryType { name } } }'],
    ['__type', '{ __type(name: "ZoomMeeting") { name } }'],
    ['_service', '{ _service { sdl } }'],
    ['__schema under an alias', '{ typename: __schema { queryType { name } } }'],
    ['__schema in a fragment', '{ ...F } fragment F on Query { __schema { queryType { name } } }'],
    ['__type in an inline fragment', '{ ... { ... on Query { __type(name: "Query") { name } } } }'],
    ['_service that is not to be included', '{ _service @skip(if: true) { sdl } }'],
    ["GraphiQL's introspection query", getIntrospectionQuery()],
  ])('%s is not answered', async (_what, query) => {
    const { status, text } = await ask(query);
    expect([status, text]).toEqual([400, expect.stringContaining('GRAPHQL_VALIDATION_FAILED')]);
    expect(messagesOf(text).join()).toContain('Introspection is off here');
    expect(text).not.toContain('"data"');
  });

  it('__typename is answered', async () => {
    expect(await ask('{ __typename }')).toMatchObject({ status: 200 });
  });

  it.each(NEAR_MISSES)(
    '$what that is nearly right is not told what is',
    async ({ query, right, variables }) => {
      for (const _time of ['at first', 'and from the cache']) {
        const { status, text } = await ask(query, variables);
        expect(status).toBe(400);
        expect(text).not.toContain('Did you mean');
        expect(text).not.toMatch(new RegExp(`\\b${right}\\b`));
      }
    },
  );

  it('a message that repeats 100 kB of suggestions is answered as fast as others', async () => {
    const query = `{ __typename @include(if: "${' Did you mean '.repeat(7_000)}") }`;
    const began = process.cpuUsage();
    for (let n = 0; n < 10; n += 1) expect((await ask(query)).status).toBe(400);
    expect(process.cpuUsage(began).user / 1e6).toBeLessThan(3);
  });
});

describe.each(['INTROSPECTION', 'GRAPHIQL'])('with %s on', name => {
  let shown: World;
  beforeAll(async () => {
    shown = await openWorld({ env: { [name]: 'on' } });
    return () => shown[Symbol.asyncDispose]();
  });

  it("GraphiQL's introspection query is answered", async () => {
    const query = getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true });
    const { status, text } = await ask(query, {}, shown);
    expect([status, JSON.parse(text).data.__schema.queryType.name]).toEqual([200, 'Query']);
  });

  it('shows nothing that is for federation routers, and answers it all the same', async () => {
    const { text } = await ask(getIntrospectionQuery(), {}, shown);
    expect(text).not.toMatch(/"_(?:service|entities|Service|Entity|Any)"/);
    expect((await ask('{ __type(name: "_Entity") { name } }', {}, shown)).text).toBe(
      '{"data":{"__type":null}}',
    );
    const query = '{ _entities(representations: []) { __typename } }';
    expect((await ask(query, {}, shown)).text).toBe('{"data":{"_entities":[]}}');
  });

  it('a router reads the schema', async () => {
    const { text } = await ask('{ _service { sdl } }', {}, shown);
    const file = await readFile(new URL('../../subgraph.graphql', import.meta.url), 'utf8');
    expect(JSON.parse(text).data._service.sdl).toBe(file.trimEnd());
    expect(file).toContain('type ZoomMeeting @key(fields: "id")');
  });

  it('a wrong query is told what may be meant', async () => {
    const { status, text } = await ask('{ syncMeetin }', {}, shown);
    expect([status, messagesOf(text)[0]]).toEqual([
      400,
      expect.stringContaining('Did you mean "syncMeeting"'),
    ]);
  });
});
