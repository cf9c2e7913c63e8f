import { beforeAll, describe, expect, it } from 'vitest';
import { startSandbox } from '../../sandbox/server.ts';
import { readConfig } from '../../src/config/load.ts';
import { startGateway } from '../../src/gateway.ts';
import { ManifestError, readManifest } from '../../src/graphql/plugins/manifest.ts';
import { schema } from '../../src/schema/index.ts';
import { postBody } from '../support/http.ts';
import { createMemoryLog } from '../support/log.ts';
import { byHash, newText, post, sha256, withText } from '../support/persisted.ts';

const ID = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';
const GRAPHQL_RESPONSE = 'application/graphql-response+json';

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
  const trusted = readManifest(MANIFEST, schema);

  async function openTrusted(env: Record<string, string> = {}) {
    const sandbox = await startSandbox();
    const config = readConfig({ PORT: '0', UPSTREAM_URL: sandbox.url, ...env });
    const gateway = await startGateway({
      config,
      log: createMemoryLog().log,
      live: { trusted, subscriptionKey: null },
    });
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
});

describe('a manifest with wrong entries', () => {
  const faultsOf = (manifest: Record<string, string>): readonly string[] => {
    try {
      readManifest(JSON.stringify(manifest), schema);
      return [];
    } catch (error) {
      if (error instanceof ManifestError) return error.issues;
      throw error;
    }
  };

  it.each([
    ['after the name of the algorithm', `sha256:${sha256(WEEK)}`],
    ['alone', sha256(WEEK)],
    ['in capitals', sha256(WEEK).toUpperCase()],
    ['of another kind', 'a'.repeat(40)],
    ['that is a name', 'Week'],
    ['that is nearly a hash', 'a'.repeat(63)],
  ])('takes a hash %s', (_what, key) => {
    expect(faultsOf({ [key]: WEEK })).toEqual([]);
  });

  it.each([
    ['of another text, after the name of the algorithm', `sha256:${sha256(OTHER)}`],
    ['of another text, alone', sha256(OTHER)],
    ['of another text, in capitals', `SHA256:${sha256(OTHER).toUpperCase()}`],
    ['that is cut short', `sha256:${sha256(WEEK).slice(1)}`],
    ['that is none', 'sha256:'],
  ])('does not take a hash %s', (_what, key) => {
    expect(faultsOf({ [key]: WEEK })).toEqual([`its entry "${key}" is not the SHA-256 of its text`]);
  });

  it.each([
    [
      'has a field too many',
      `{ syncMeeting(id: "${ID}") { nome } }`,
      'does not fit the schema: Cannot query',
    ],
    ['is no GraphQL', '{', 'cannot be executed: Syntax Error'],
    ['is empty', '', 'cannot be executed: Syntax Error'],
  ])('does not take a text that %s', (_what, text, fault) => {
    expect(faultsOf({ 'a\nname': text })).toEqual([expect.stringContaining(`its entry "a\\nname" ${fault}`)]);
  });
});
