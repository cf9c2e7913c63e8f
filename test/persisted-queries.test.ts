import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { startSandbox } from '../sandbox/server.ts';
import { readConfig } from '../src/config.ts';
import { startGateway } from '../src/gateway.ts';
import { DOCUMENT_LIMITS } from '../src/http/document-limits.ts';
import { ENTRY_BYTES, persistedQueries, readManifest } from '../src/http/persisted-queries.ts';
import { createPipeline } from '../src/http/pipeline.ts';
import { openRecord } from '../src/http/request-log.ts';
import { schema } from '../src/schema/index.ts';
import { postBody } from './support/http.ts';
import { createMemoryLog } from './support/log.ts';
import { startProgram } from './support/process.ts';
import type { AnswerError, World } from './support/world.ts';
import { openWorld } from './support/world.ts';

const ID = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';
const GRAPHQL_RESPONSE = 'application/graphql-response+json';

const sha256 = (text: string): string => hash('sha256', text);
const byHash = (sha256Hash: unknown) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });
const withText = (query: string) => ({ query, ...byHash(sha256(query)) });
/** A text that nobody has sent before. */
const newText = (): string => `{ ${name()}: __typename }`;
const name = (): string => `a${(count++).toString().padStart(6, '0')}`;
let count = 0;

interface Outcome {
  readonly status: number;
  readonly data?: unknown;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Outcome> {
  const { status, text } = await postBody(url, JSON.stringify(body), headers);
  const { data, errors }: { data?: unknown; errors?: readonly AnswerError[] } = JSON.parse(text);
  if (errors === undefined) return { status, data };
  expect(errors).toHaveLength(1);
  return { status, code: errors[0]?.extensions.code, message: errors[0]?.message };
}

const UNKNOWN = { status: 200, code: 'PERSISTED_QUERY_NOT_FOUND', message: 'PersistedQueryNotFound' };

describe('automatic persisted queries', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
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
    const query = `query A { ${name()}: __typename } query B { b: __typename }`;
    await ask({ ...withText(query), operationName: 'A' });
    expect(await ask({ ...byHash(sha256(query)), operationName: 'B' })).toEqual({
      status: 200,
      data: { b: 'Query' },
    });
  });

  it('are kept although their variables were wrong', async () => {
    const query = `query ($id: UUID!) { ${name()}: syncMeeting(id: $id) { id } }`;
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
    await using batched = await openWorld({ env: { BATCH_LIMIT: '4' } });
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
    record: openRecord('test'),
    meetings: { load: () => Promise.reject(new Error('asked for')), announce: () => {} },
  });

  /** A pipeline whose store has so much room; both functions tell whether the text was run. */
  function openStore(maxBytes?: number) {
    const run = createPipeline(schema, [persistedQueries(maxBytes)]);
    const runs = async (params: object): Promise<boolean> =>
      (await run(params, context())).data !== undefined;
    return {
      keep: (query: string) => runs(withText(query)),
      has: (query: string) => runs(byHash(sha256(query))),
    };
  }

  /** Texts of 100 bytes, some of them in characters of three. */
  const texts = Array.from({ length: 4 }, () => `{ ${name()}: __typename } #${'€'.repeat(25)}`).map(text =>
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

const WEEK = 'query Week($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }';
const OTHER = '{ __typename }';
/** As codegen writes it: the key names the algorithm. One entry goes by a name of its own. */
const MANIFEST = JSON.stringify({ [`sha256:${sha256(WEEK)}`]: WEEK, other: OTHER });

/** Every way to name an operation of the manifest. */
const WAYS = {
  'documentId, as in the manifest': { documentId: `sha256:${sha256(WEEK)}` },
  'documentId, the bare hash': { documentId: sha256(WEEK) },
  "the hash of Apollo's link, as in the manifest": byHash(`sha256:${sha256(WEEK)}`),
  "the hash of Apollo's link, bare": byHash(sha256(WEEK)),
  'its very text': { query: WEEK },
  'text and hash': withText(WEEK),
  'text and documentId': { query: WEEK, documentId: `sha256:${sha256(WEEK)}` },
};

/** What does not run beside a manifest. */
const REFUSED = {
  'another text': { query: '{ a: __typename }' },
  'the same text with another blank': { query: `${WEEK} ` },
  'another text with its hash': withText('{ a: __typename }'),
  'another text under a hash of the manifest': { query: OTHER, ...byHash(sha256(WEEK)) },
  'another text under a documentId of the manifest': { query: '{ a: __typename }', documentId: 'other' },
  'an unknown documentId': { documentId: 'x' },
  'an unknown documentId beside a known hash': { documentId: 'x', ...byHash(sha256(WEEK)) },
  'an unknown hash': byHash(sha256('x')),
  'a hash of another type': byHash(1),
  'a documentId of another type': { documentId: { toString: 'other' } },
  'a documentId that every object has': { documentId: 'constructor' },
  'a documentId of 99 kB': { documentId: 'x'.repeat(99_000) },
  nothing: {},
};

describe('trusted documents', () => {
  const trusted = readManifest(MANIFEST);

  async function openTrusted(env: Record<string, string> = {}) {
    const sandbox = await startSandbox();
    const config = readConfig({ PORT: '0', UPSTREAM_URL: sandbox.url, ...env });
    const gateway = await startGateway({ config, log: createMemoryLog().log, trusted });
    return {
      url: gateway.url,
      sandbox,
      async [Symbol.asyncDispose]() {
        await sandbox.close();
        await gateway.close();
      },
    };
  }

  let world: Awaited<ReturnType<typeof openTrusted>>;
  beforeAll(async () => {
    world = await openTrusted();
    return () => world[Symbol.asyncDispose]();
  });
  const ask = (body: unknown, headers?: Record<string, string>) => post(world.url, body, headers);

  it.each(Object.entries(WAYS))('run by %s', async (_way, body) => {
    expect(await ask({ ...body, variables: { ids: [ID] } })).toEqual({
      status: 200,
      data: { syncMeetings: [{ id: ID }] },
    });
  });

  it('run by whatever name the manifest gives', async () => {
    expect(await ask({ documentId: 'other' })).toMatchObject({ status: 200, data: { __typename: 'Query' } });
  });

  it.each(Object.entries(REFUSED))('are all that runs: %s does not', async (_what, body) => {
    world.sandbox.clear();
    const whole = { ...body, variables: { ids: [ID] } };
    const refusal = {
      status: 200,
      code: 'PERSISTED_DOCUMENT_UNKNOWN',
      message: expect.stringMatching(/not in the manifest/),
    };
    expect(await ask(whole)).toEqual(refusal);
    expect(await ask(whole, { accept: GRAPHQL_RESPONSE })).toEqual({ ...refusal, status: 400 });
    expect(world.sandbox.hits).toHaveLength(0);
  });

  it('cannot be added to by a client', async () => {
    const query = newText();
    await ask(withText(query));
    expect(await ask(byHash(sha256(query)))).toMatchObject({ code: 'PERSISTED_DOCUMENT_UNKNOWN' });
  });

  it.each(['null', '1', '"x"', '[]'])('are not asked for by %s', async body => {
    const { status, text } = await postBody(world.url, body);
    expect([status >= 500, text.includes('"errors"'), text.includes('"data"')]).toEqual([false, true, false]);
  });

  it('run in a batch, beside what does not', async () => {
    await using batched = await openTrusted({ BATCH_LIMIT: '2' });
    const body = JSON.stringify([{ documentId: 'other' }, { query: '{ a: __typename }' }]);
    const { status, text } = await postBody(batched.url, body);
    const [first, second] = JSON.parse(text);
    expect([status, first, second.errors[0].extensions.code]).toEqual([
      200,
      { data: { __typename: 'Query' } },
      'PERSISTED_DOCUMENT_UNKNOWN',
    ]);
  });

  it('run in a process, by PERSISTED_DOCUMENTS', async () => {
    await using sandbox = await startSandbox();
    await using file = await fileOf(MANIFEST);
    await using program = startGatewayWith(file.path, sandbox.url);
    const [, url = ''] = await program.says(/"url":"(http:[^"]+)"/);
    const variables = { ids: [ID] };
    expect(await post(url, { documentId: `sha256:${sha256(WEEK)}`, variables })).toMatchObject({
      data: { syncMeetings: [{ id: ID }] },
    });
    expect(await post(url, { query: `${WEEK} `, variables })).toMatchObject({
      code: 'PERSISTED_DOCUMENT_UNKNOWN',
    });
  });

  it('that are not there stop the start', async () => {
    await using program = startGatewayWith(join(tmpdir(), 'no-such-folder', 'manifest.json'));
    expect(await program.exit).toBe(1);
    expect(program.output()).toMatch(
      /^Not started.*\n {2}PERSISTED_DOCUMENTS must be .*ENOENT.*no-such-folder/,
    );
    expect(program.output().trimEnd().split('\n')).toHaveLength(2);
  });

  it.each([
    ['nothing', '', 'it is not JSON'],
    ['no JSON', `{"secret": `, 'it is not JSON'],
    ['null', 'null', 'it is not a JSON object from hash to text'],
    ['a list', JSON.stringify([WEEK]), 'it is not a JSON object from hash to text'],
    ['a text', JSON.stringify(WEEK), 'it is not a JSON object from hash to text'],
    [
      'values of another type',
      JSON.stringify({ a: WEEK, b: { text: 'secret' } }),
      'not every value in it is the text',
    ],
  ])('that hold %s stop the start', async (_what, manifest, reason) => {
    await using file = await fileOf(manifest);
    await using program = startGatewayWith(file.path);
    expect(await program.exit).toBe(1);
    expect(program.output()).toContain(`PERSISTED_DOCUMENTS must be a manifest that can be read: ${reason}`);
    expect(program.output()).not.toMatch(/secret|"url"/);
    expect(program.output().trimEnd().split('\n')).toHaveLength(2);
  });
});

/** Starts `npm start` with the given manifest. */
function startGatewayWith(manifest: string, upstream = 'http://127.0.0.1:9') {
  return startProgram('src/main.ts', { PORT: '0', UPSTREAM_URL: upstream, PERSISTED_DOCUMENTS: manifest });
}

/** A file that goes with its scope. */
async function fileOf(text: string): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'manifest-'));
  const path = join(folder, 'manifest.json');
  await writeFile(path, text);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
