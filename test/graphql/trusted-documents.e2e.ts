import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../sandbox/server.ts';
import { post, sha256 } from '../support/persisted.ts';
import { LISTENING, startGatewayProgram } from '../support/process.ts';

const ID = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';
const WEEK = 'query Week($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }';
const OTHER = '{ __typename }';
const MANIFEST = JSON.stringify({ [`sha256:${sha256(WEEK)}`]: WEEK });

describe('trusted documents', () => {
  it('run in a process, by PERSISTED_DOCUMENTS', async () => {
    await using sandbox = await startSandbox();
    await using file = await fileOf(MANIFEST);
    await using program = startGatewayWith(file.path, sandbox.url);
    const [, url = ''] = await program.says(LISTENING);
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
    expect(program.output()).toContain(`PERSISTED_DOCUMENTS must be a manifest that can be used: ${reason}`);
    expect(program.output()).not.toMatch(/secret|"url"/);
    expect(program.output().trimEnd().split('\n')).toHaveLength(2);
  });

  it('that are wrong stop the start, and each is named', async () => {
    const wrong = { good: WEEK, first: '{', [sha256(OTHER)]: WEEK, third: '{ nothing }' };
    await using file = await fileOf(JSON.stringify(wrong));
    await using program = startGatewayWith(file.path);
    expect(await program.exit).toBe(1);
    expect(program.output().trimEnd().split('\n')).toEqual([
      'Not started. Please correct:',
      ...['first', sha256(OTHER), 'third'].map(name =>
        expect.stringContaining(
          `PERSISTED_DOCUMENTS must be a manifest that can be used: its entry "${name}" `,
        ),
      ),
    ]);
  });
});

/** Starts `npm start` with the given manifest. */
function startGatewayWith(manifest: string, upstream = 'http://127.0.0.1:9') {
  return startGatewayProgram({ UPSTREAM_URL: upstream, PERSISTED_DOCUMENTS: manifest });
}

/** A file that goes with its scope. */
async function fileOf(text: string): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'manifest-'));
  const path = join(folder, 'manifest.json');
  await writeFile(path, text);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
