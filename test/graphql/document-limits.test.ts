import { getIntrospectionQuery } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { DOCUMENT_LIMITS } from '../../src/graphql/plugins/document-limits.ts';
import { MEETING_FIELDS } from '../../src/luminus/meeting.ts';
import { expectRefusal, postBody } from '../support/http.ts';
import { meetingNumber } from '../support/upstream.ts';
import type { World } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

const ID = meetingNumber(1);
const MEETING = `syncMeeting(id: "${ID}")`;
const ALL_FIELDS = Object.keys(MEETING_FIELDS).join(' ');
const INCLUDED = '@include(if: true)';

/** The schema is shown, so that documents can be deep. */
let world: World;
beforeAll(async () => {
  world = await openWorld({ env: { INTROSPECTION: 'on' } });
  return () => world[Symbol.asyncDispose]();
});

const ask = (query: string) =>
  postBody(world.gateway.url, JSON.stringify({ query }), { accept: 'application/graphql-response+json' });

const isRefused = async (query: string, limit: number, what: string): Promise<void> => {
  const message = expectRefusal(await ask(query), 400, 'LIMIT_EXCEEDED');
  expect(message).toMatch(`The document exceeds the limit of ${limit} ${what}. `);
};

/** Checks that a document passes at a limit and below, and is refused, by name, at one more. */
async function holds(limit: number, what: string, write: (n: number) => string): Promise<void> {
  for (const n of [limit - 1, limit]) {
    const { status, text } = await ask(write(n));
    expect([n, status, JSON.parse(text).errors]).toEqual([n, 200, undefined]);
  }
  await isRefused(write(limit + 1), limit, what);
}

it('the limits are those that are promised', () => {
  expect(DOCUMENT_LIMITS).toEqual({
    tokens: 1_000,
    depth: 10,
    fields: 400,
    aliases: 30,
    directives: 5,
    introspection: 3,
    nameCharacters: 100,
    lines: 2_000,
  });
});

describe('tokens', () => {
  it('are counted', () =>
    holds(DOCUMENT_LIMITS.tokens, 'tokens', n => {
      const bare = 12;
      return `{ syncMeetings(ids: [${`"${ID}" `.repeat(n - bare)}]) { id } }`;
    }));

  it('are not blanks, commas or comments', async () => {
    expect(await ask(`{ __typename } ${',, '.repeat(5_000)} # ${'{ '.repeat(5_000)}`)).toMatchObject({
      status: 200,
    });
  });

  it('are counted before anything is validated', () =>
    isRefused(`{ ${'nothing '.repeat(DOCUMENT_LIMITS.tokens)}`, DOCUMENT_LIMITS.tokens, 'tokens'));
});

describe('depth', () => {
  const { depth } = DOCUMENT_LIMITS;
  const nest = (levels: number, inner: string): string =>
    levels === 0 ? inner : `ofType { ${nest(levels - 1, inner)} }`;
  const typed = (inner: string): string => `{ __type(name: "Query") { fields { type { ${inner} } } } }`;

  it.each([
    ['of fields', (n: number) => typed(nest(n - 4, 'name'))],
    ['through a fragment', (n: number) => `${typed('...F')} fragment F on __Type { ${nest(n - 4, 'name')} }`],
    [
      'through a fragment of a fragment',
      (n: number) =>
        `${typed('ofType { ...F }')} fragment F on __Type { ofType { ...G } } fragment G on __Type { ${nest(n - 6, 'name')} }`,
    ],
    [
      'through inline fragments',
      (n: number) => typed(`... { ... on __Type { ${nest(n - 4, '... { name }')} } }`),
    ],
    [
      'through the second spread of a fragment',
      (n: number) =>
        `{ __type(name: "Query") { ...F fields { type { ...F } } } } fragment F on __Type { ${nest(n - 4, 'name')} }`,
    ],
  ])('%s is counted', (_how, write) => holds(depth, 'levels of depth', write));

  it('below __schema is not counted', async () => {
    const query = getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true, specifiedByUrl: true });
    const { status, text } = await ask(query);
    expect([status, JSON.parse(text).errors]).toEqual([200, undefined]);
    expect(await ask(`{ __schema { queryType { fields { type { ${nest(12, 'name')} } } } } }`)).toMatchObject(
      {
        status: 200,
      },
    );
  });

  it('of lists below __schema is bounded all the same', async () => {
    const circle = 'types { fields { type { fields { type { fields { type { fields { name } } } } } } } }';
    const { status, text } = await ask(`{ __schema { ${circle} } }`);
    expect([status, JSON.parse(text).errors[0].message]).toEqual([
      400,
      'Maximum introspection depth exceeded',
    ]);
  });
});

describe('aliases', () => {
  const { aliases } = DOCUMENT_LIMITS;
  const aliased = (n: number, field: string): string =>
    Array.from({ length: n }, (_, i) => `a${i}: ${field}`).join(' ');

  it.each([
    ['of a meeting', (n: number) => `{ ${aliased(n, `${MEETING} { id }`)} }`],
    ['of its fields', (n: number) => `{ ${MEETING} { ${aliased(n, 'id')} } }`],
    ['of __typename', (n: number) => `{ ${aliased(n, '__typename')} }`],
    ['named like a field', (n: number) => `{ __typename: __typename ${aliased(n - 1, '__typename')} }`],
    ['in a fragment', (n: number) => `{ ...F } fragment F on Query { ${aliased(n, '__typename')} }`],
    [
      'in a fragment, once for each spread',
      (n: number) =>
        `{ ${aliased(n - 20, '__typename')} ${MEETING} { ...F ... { ...F } } } fragment F on ZoomMeeting { ${aliased(10, 'id')} }`,
    ],
    [
      'in inline fragments',
      (n: number) =>
        `{ ... { ${aliased(10, '__typename')} } ... { b: __typename ${aliased(n - 11, '__typename')} } }`,
    ],
  ])('%s are counted', (_where, write) => holds(aliases, 'aliases', write));
});

describe('fields', () => {
  const { fields } = DOCUMENT_LIMITS;

  it.each([
    ['that are repeated', (n: number) => `{ ${'__typename '.repeat(n)} }`],
    ['of a meeting', (n: number) => `{ ${MEETING} { ${'id '.repeat(n - 1)} } }`],
    ['in a fragment', (n: number) => `{ ...F } fragment F on Query { ${'__typename '.repeat(n)} }`],
    [
      'in another operation or fragment',
      (n: number) => `{ ...F __typename } fragment F on Query { ...{ ${'__typename '.repeat(n - 1)} } }`,
    ],
  ])('%s are counted as they are written', (_where, write) => holds(fields, 'fields', write));

  it('of a whole meeting fit ten times over', async () => {
    const meetings = Array.from({ length: 10 }, (_, n) => `m${n}: ${MEETING} { id ${ALL_FIELDS} }`);
    expect(await ask(`{ ${meetings.join(' ')} }`)).toMatchObject({ status: 200 });
  });

  it('of a whole meeting fit thirty times over in a fragment', async () => {
    const meetings = Array.from({ length: 30 }, (_, n) => `m${n}: ${MEETING} { ...Whole }`);
    const fragment = `fragment Whole on ZoomMeeting { id ${ALL_FIELDS} }`;
    expect(await ask(`{ ${meetings.join(' ')} } ${fragment}`)).toMatchObject({ status: 200 });
  });
});

describe('directives', () => {
  const { directives } = DOCUMENT_LIMITS;
  const included = (n: number): string => `__typename ${INCLUDED} `.repeat(n);

  it.each([
    ['on fields', (n: number) => `{ ${included(n)} }`],
    ['on inline fragments', (n: number) => `{ ${`... ${INCLUDED} { __typename } `.repeat(n)} }`],
    [
      'on spreads of one fragment',
      (n: number) => `{ ${`...F ${INCLUDED} `.repeat(n)} } fragment F on Query { __typename }`,
    ],
    ['in a fragment', (n: number) => `{ ...F } fragment F on Query { ${included(n)} }`],
    [
      'in a fragment, once for each spread',
      (n: number) => `{ ...F ... { ...F } ${included(n - 4)} } fragment F on Query { ${included(2)} }`,
    ],
  ])('%s are counted', (_where, write) => holds(directives, 'directives', write));

  it.each([
    ['on variable definitions', (n: number) => `query ($a: Int ${'@x '.repeat(n)}) { __typename }`],
    ['on an operation', (n: number) => `query ${'@x '.repeat(n)} { __typename }`],
    ['on a fragment', (n: number) => `{ ...F } fragment F on Query ${'@x '.repeat(n)} { __typename }`],
    [
      'in a fragment that nobody spreads',
      (n: number) => `{ __typename } fragment F on Query { __typename ${'@x '.repeat(n)} }`,
    ],
  ])('%s are counted, though none belongs there', async (_where, write) => {
    for (const n of [directives - 1, directives]) {
      expect((await ask(write(n))).text).toContain('GRAPHQL_VALIDATION_FAILED');
    }
    await isRefused(write(directives + 1), directives, 'directives');
  });
});

it('every operation of a document counts', async () => {
  const query = `query A { __typename } query B { ${`__typename ${INCLUDED} `.repeat(6)} }`;
  const answer = await postBody(world.gateway.url, JSON.stringify({ query, operationName: 'A' }));
  expectRefusal(answer, 200, 'LIMIT_EXCEEDED');
});

it('fragments in a circle are refused', async () => {
  const circle = 'fragment F on Query { ...G __typename } fragment G on Query { ...F __typename }';
  const { status, text } = await ask(`{ ...F } ${circle}`);
  expect([status, text]).toEqual([400, expect.stringContaining('GRAPHQL_VALIDATION_FAILED')]);
});

it('fragments that double at every level are answered as fast as others', async () => {
  const levels = 60;
  const fragments = Array.from(
    { length: levels },
    (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`,
  );
  const { status } = await ask(
    `{ ...F0 } ${fragments.join(' ')} fragment F${levels} on Query { __typename }`,
  );
  expect(status).toBe(200);
});

it('a limit is held in front of what is already known', async () => {
  const query = `{ ${`__typename ${INCLUDED} `.repeat(6)} }`;
  await isRefused(query, 5, 'directives');
  await isRefused(query, 5, 'directives');
});

it('a client of plain JSON learns of a limit under status 200', async () => {
  const query = `{ ${`__typename ${INCLUDED} `.repeat(6)} }`;
  expectRefusal(await postBody(world.gateway.url, JSON.stringify({ query })), 200, 'LIMIT_EXCEEDED');
});

describe('names', () => {
  const { nameCharacters } = DOCUMENT_LIMITS;

  it.each([
    ['an alias', (n: number) => `{ ${'a'.repeat(n)}: __typename }`],
    ['an operation', (n: number) => `query ${'A'.repeat(n)} { __typename }`],
    [
      'a variable',
      (n: number) => `query ($${'v'.repeat(n)}: Boolean = true) { __typename @skip(if: $${'v'.repeat(n)}) }`,
    ],
    [
      'a fragment',
      (n: number) => `{ ...${'F'.repeat(n)} } fragment ${'F'.repeat(n)} on Query { __typename }`,
    ],
  ])('of %s may be so long', (_what, write) => holds(nameCharacters, 'characters in a name', write));

  it.each([
    ['a field', (n: number) => `{ ${'f'.repeat(n)} }`],
    ['an argument', (n: number) => `{ __typename(${'a'.repeat(n)}: 1) }`],
    ['a directive', (n: number) => `{ __typename @${'d'.repeat(n)} }`],
    ['a type', (n: number) => `{ ... on ${'T'.repeat(n)} { __typename } }`],
    ['an enum value', (n: number) => `{ __typename(a: ${'E'.repeat(n)}) }`],
  ])('of %s may be so long, though it is not in the schema', async (_what, write) => {
    for (const n of [nameCharacters - 1, nameCharacters]) {
      expect((await ask(write(n))).text).toContain('GRAPHQL_VALIDATION_FAILED');
    }
    await isRefused(write(nameCharacters + 1), nameCharacters, 'characters in a name');
  });
});

describe('lines', () => {
  it.each([
    ['of blanks', (n: number) => `${'\n'.repeat(n - 1)}{ __typename }`],
    ['that end in CR and LF', (n: number) => `${'\r\n'.repeat(n - 1)}{ __typename }`],
    ['that end in CR', (n: number) => `${'\r'.repeat(n - 1)}{ __typename }`],
    ['behind all else', (n: number) => `{ __typename }${'\n'.repeat(n - 1)}`],
    ['of comments', (n: number) => `${'#\n'.repeat(n - 1)}{ __typename }`],
  ])('%s are counted', (_what, write) => holds(DOCUMENT_LIMITS.lines, 'lines', write));

  it('of a block string are counted', () =>
    isRefused(
      `{ __type(name: """${'\n'.repeat(DOCUMENT_LIMITS.lines)}""") { name } }`,
      DOCUMENT_LIMITS.lines,
      'lines',
    ));
});
