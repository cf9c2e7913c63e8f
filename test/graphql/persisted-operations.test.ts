import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createExecutor, createIntrospectionAllowance } from '../../src/graphql/execute.ts';
import { DOCUMENT_LIMITS } from '../../src/graphql/plugins/document-limits.ts';
import { createAutomaticStore, ENTRY_BYTES } from '../../src/graphql/plugins/persisted-operations.ts';
import { createErrorAllowance, ErrorBudget } from '../../src/schema/error-budget.ts';
import { schema } from '../../src/schema/index.ts';
import { postBody } from '../support/http.ts';
import { byHash, newName, newText, post, sha256, withText } from '../support/persisted.ts';
import type { AnswerError, World, WorldOptions } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

const ID = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';
const GRAPHQL_RESPONSE = 'application/graphql-response+json';
const UNKNOWN = { status: 200, code: 'PERSISTED_QUERY_NOT_FOUND', message: 'PersistedQueryNotFound' };

/** A world in which the upstream has accepted the credentials that `post` sends: only such callers register texts. */
async function openAccepted(options: WorldOptions = {}): Promise<World> {
  const world = await openWorld(options);
  await world.ask(`{ syncMeeting(id: "${ID}") { id } }`);
  world.sandbox.clear();
  return world;
}

describe('automatic persisted queries', () => {
  let world: World;
  beforeAll(async () => {
    world = await openAccepted();
    return () => world[Symbol.asyncDispose]();
  });
  const ask = (body: unknown, headers?: Record<string, string>) => post(world.gateway.url, body, headers);

  it('are asked for by text once, and by hash from then on', async () => {
    const query = 'query Meeting($id: UUID!) { syncMeeting(id: $id) { id } }';
    const variables = { id: ID };
    const answer = { status: 200, data: { syncMeeting: { id: ID } } };
    expect(await ask({ ...byHash(sha256(query)), variables })).toEqual(UNKNOWN);
    expect(await ask({ ...withText(query), variables })).toEqual(answer);
    expect(await ask({ ...byHash(sha256(query)), variables })).toEqual(answer);
    expect(await ask({ ...byHash(sha256(query)), variables }, { authorization: 'Bearer other' })).toEqual(
      answer,
    );
  });

  it("are unknown with status 200 under either media type, as Apollo's link expects", async () => {
    expect(await ask(byHash(sha256(newText())), { accept: GRAPHQL_RESPONSE })).toEqual(UNKNOWN);
  });

  it('run the operation that is named', async () => {
    const query = `query A { ${newName()}: __typename } query B { b: __typename }`;
    await ask({ ...withText(query), operationName: 'A' });
    expect(await ask({ ...byHash(sha256(query)), operationName: 'B' })).toEqual({
      status: 200,
      data: { b: 'Query' },
    });
  });

  it('are kept although their variables were wrong', async () => {
    const query = `query ($id: UUID!) { ${newName()}: syncMeeting(id: $id) { id } }`;
    expect(await ask({ ...withText(query), variables: { id: 'x' } })).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    expect(await ask({ ...byHash(sha256(query)), variables: { id: ID } })).toMatchObject({ status: 200 });
  });

  it('are refused, and not kept, under the hash of another text', async () => {
    const [query, other] = [newText(), newText()];
    const message = expect.stringContaining('sha256Hash');
    for (const sent of [other, query.toUpperCase(), '']) {
      expect(await ask({ query, ...byHash(sha256(sent)) })).toEqual({
        status: 400,
        code: 'BAD_REQUEST',
        message,
      });
    }
    expect(await ask(byHash(sha256(other)))).toEqual(UNKNOWN);
    expect(await ask(byHash(sha256(query)))).toEqual(UNKNOWN);
  });

  it('are not kept without a hash', async () => {
    const query = newText();
    await ask({ query });
    expect(await ask(byHash(sha256(query)))).toEqual(UNKNOWN);
    await ask(withText(query));
    expect(await ask(byHash(sha256(query)))).toMatchObject({ status: 200, data: expect.anything() });
  });

  it.each([
    ['does not parse', '{ syncMeeting(', 'GRAPHQL_PARSE_FAILED'],
    ['does not fit the schema', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['has too many tokens', `{ ${'id '.repeat(DOCUMENT_LIMITS.tokens)} }`, 'LIMIT_EXCEEDED'],
    [
      'is too deep',
      `{ __type(name: "Query") { ${'ofType { '.repeat(10)}name${' }'.repeat(10)} } }`,
      'LIMIT_EXCEEDED',
    ],
    [
      'has too many aliases',
      `{ ${Array.from({ length: DOCUMENT_LIMITS.aliases + 1 }, (_, n) => `a${n}: __typename`).join(' ')} }`,
      'LIMIT_EXCEEDED',
    ],
    ['has too many fields', `{ ${'__typename '.repeat(DOCUMENT_LIMITS.fields + 1)} }`, 'LIMIT_EXCEEDED'],
    [
      'asks for the schema where it is hidden',
      '{ __schema { types { name } } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
  ])('are not kept when the text %s', async (_what, query, code) => {
    expect(await ask(withText(query))).toMatchObject({ code });
    expect(await ask(byHash(sha256(query)))).toEqual(UNKNOWN);
  });

  it('in a batch are answered each for itself', async () => {
    await using batched = await openAccepted({ env: { BATCH_LIMIT: '4' } });
    const [known, unknown] = [newText(), newText()];
    const batch = [withText(known), byHash(sha256(unknown)), { query: unknown, ...byHash(sha256(known)) }];
    const codesOf = async (operations: readonly unknown[]) => {
      const { status, text } = await postBody(batched.gateway.url, JSON.stringify(operations));
      const answers: { errors?: AnswerError[] }[] = JSON.parse(text);
      return [status, ...answers.map(({ errors }) => errors?.map(({ extensions }) => extensions.code))];
    };
    expect(await codesOf(batch)).toEqual([200, undefined, ['PERSISTED_QUERY_NOT_FOUND'], ['BAD_REQUEST']]);
    expect(await codesOf([byHash(sha256(known)), withText(unknown)])).toEqual([200, undefined, undefined]);
  });

  it.each([
    ['a number', 1],
    ['an object', { toString: 'x' }],
    ['a list', [sha256('{ __typename }')]],
    ['null', null],
    ['true', true],
  ])('with %s for a hash count as having none', async (_what, sent) => {
    expect(await ask({ query: '{ __typename }', ...byHash(sent) })).toEqual({
      status: 200,
      data: { __typename: 'Query' },
    });
    expect(await ask(byHash(sent))).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });

  it.each(['', '__proto__', 'constructor', 'x'.repeat(99_000)])(
    'with an odd hash are unknown',
    async sent => {
      expect(await ask(byHash(sent))).toEqual(UNKNOWN);
    },
  );

  it.each([
    ['a string', 'x'],
    ['a list', [1]],
    ['null', null],
    ['of another kind', { persistedQuery: 'x' }],
    ['of a null', { persistedQuery: null }],
  ])('are not meant by extensions that are %s', async (_what, extensions) => {
    const { status, code } = await ask({ extensions });
    expect([status, code]).toEqual([400, 'BAD_REQUEST']);
  });
});

describe('the store of texts', () => {
  const context = () => ({
    loaders: {
      meetings: {
        load: () => Promise.reject(new Error('asked for')),
        checkListBudget: () => {},
        allowance: () => null,
      },
    },
    errors: new ErrorBudget(createErrorAllowance()),
    introspection: createIntrospectionAllowance(),
    mayRegister: () => true,
    queriesOnly: false,
  });

  /** An executor whose store has so much room; both functions tell whether the text was run. */
  function openStore(maxBytes?: number) {
    const execute = createExecutor(schema, [], createAutomaticStore(maxBytes));
    const runs = async (params: object): Promise<boolean> =>
      (await execute(params, context())).result.data !== undefined;
    return {
      keep: (query: string) => runs(withText(query)),
      has: (query: string) => runs(byHash(sha256(query))),
    };
  }

  /** Texts of 100 bytes, some of them in characters of three. */
  const texts = Array.from({ length: 4 }, () => `{ ${newName()}: __typename } #${'€'.repeat(25)}`).map(text =>
    text.padEnd(text.length + 100 - Buffer.byteLength(text)),
  );
  const three = 3 * (100 + ENTRY_BYTES);

  it.each([
    ['a byte less than three texts take', three - 1, [false, true, true]],
    ['what three texts take', three, [true, true, true]],
    ['a byte more', three + 1, [true, true, true]],
  ])('with %s keeps what fits', async (_what, room, kept) => {
    const store = openStore(room);
    for (const text of texts.slice(0, 3)) expect(await store.keep(text)).toBe(true);
    const found: boolean[] = [];
    for (const text of texts.slice(0, 3)) found.push(await store.has(text));
    expect(found).toEqual(kept);
  });

  it('gives up the text that was longest not asked for', async () => {
    const store = openStore(three);
    const [first = '', second = '', third = '', fourth = ''] = texts;
    for (const text of [first, second, third]) await store.keep(text);
    await store.has(first);
    await store.keep(fourth);
    const found: boolean[] = [];
    for (const text of [first, second, third, fourth]) found.push(await store.has(text));
    expect(found).toEqual([true, false, true, true]);
  });

  it('runs a text that is larger than all its room, and keeps the others', async () => {
    const store = openStore(three);
    for (const text of texts.slice(0, 3)) await store.keep(text);
    const large = `{ __typename } #${'x'.repeat(three)}`;
    expect([await store.keep(large), await store.has(large)]).toEqual([true, false]);
    for (const text of texts.slice(0, 3)) expect(await store.has(text)).toBe(true);
  });

  it('forgets nothing as time passes', async () => {
    const store = openStore();
    const [text = ''] = texts;
    await store.keep(text);
    // What the cache would tell the time by.
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 10 * 365 * 24 * 3_600_000);
    try {
      expect(await store.has(text)).toBe(true);
    } finally {
      clock.mockRestore();
    }
  });
});
