import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { imageOptions } from '../bench/servers/gateway.ts';
import { startSandbox } from '../sandbox/server.ts';
import { build } from '../scripts/build/bundle.ts';
import { compiledCodeOf } from '../scripts/build/compile.ts';
import { argumentsOf, LISTENING, startCommand } from './support/process.ts';
import { CREDENTIALS } from './support/world.ts';

const ID = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';

let folder = '';
let bundle: ReadonlyMap<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  bundle = await buildBundle();
});
afterAll(() => rm(folder, { recursive: true }));

/** Builds, and returns the bytes of all files by their names, as text. */
async function buildBundle(): Promise<ReadonlyMap<string, string>> {
  const directory = join(folder, 'first');
  await build(directory);
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter(entry => entry.isFile())
    .map(entry => relative(directory, join(entry.parentPath, entry.name)))
    .toSorted();
  return new Map(
    await Promise.all(
      files.map(async file => [file, await readFile(join(directory, file), 'latin1')] as const),
    ),
  );
}

it('has the same bytes when it is built again', async () => {
  const second = await buildBundle();
  expect([...second.keys()]).toEqual([...bundle.keys()]);
  for (const [file, text] of bundle) expect(second.get(file) === text, file).toBe(true);
});

it('has a source map for each of its modules', () => {
  const modules = [...bundle.keys()].filter(file => file.endsWith('.js'));
  expect(modules).toContain('gateway.js');
  for (const file of modules) expect(bundle.has(`${file}.map`), file).toBe(true);
});

it('has GraphiQL in a file that is loaded only when it is needed', () => {
  const gateway = bundle.get('gateway.js') ?? '';
  expect(gateway).toMatch(/import\("\.\/graphql-yoga-render-graphiql\.js"\)/);
  expect(gateway).not.toMatch(/^import .*render-graphiql/m);
});

it('has one copy of graphql', () => {
  // GraphiQL's page is text for browsers, with a copy of its own.
  const texts = [...bundle]
    .filter(([file]) => file.endsWith('.js') && !file.includes('graphiql'))
    .map(([, text]) => text);
  expect(texts.join('\n').match(/class GraphQLSchema\b|\bGraphQLSchema = class\b/g)).toHaveLength(1);
});

it('has the licence of each package that is in it', () => {
  const packages = [...bundle]
    .filter(([file]) => file.endsWith('.js.map'))
    .flatMap(([, text]): string[] => JSON.parse(text).sources)
    .flatMap(source => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []);
  const licences = bundle.get('THIRD-PARTY-LICENSES.txt') ?? '';
  expect(packages).toContain('graphql');
  for (const name of new Set(packages)) {
    expect(licences).toMatch(new RegExp(`^${name} \\d\\S* \\(.+\\)\\n\\n\\S`, 'm'));
  }
});

it('starts with the code that was compiled at the build, with the options of the image and wherever it is', async () => {
  const moved = join(folder, 'moved');
  await cp(join(folder, 'first'), moved, { recursive: true });
  await using program = startCommand(process.execPath, [...imageOptions(), join(moved, 'gateway.js')], {
    ...compiledCodeOf(moved),
    NODE_DEBUG_NATIVE: 'COMPILE_CACHE',
    PORT: '0',
  });
  await program.says(/"msg":"listening"/);
  expect(program.output()).toMatch(/code cache for ESM \S*moved\/gateway\.js was accepted/);
  expect(program.output()).not.toContain('was rejected');
});

it('answers from any folder, without the packages it was built from', async () => {
  await using sandbox = await startSandbox();
  const options = argumentsOf('start').slice(0, -1);
  await using program = startCommand(process.execPath, [...options, join(folder, 'first/gateway.js')], {
    PORT: '0',
    UPSTREAM_URL: sandbox.url,
    GRAPHIQL: 'on',
  });
  const [, url = ''] = await program.says(LISTENING);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...CREDENTIALS },
    body: JSON.stringify({ query: `{ syncMeeting(id: "${ID}") { id } }` }),
  });
  expect(await response.json()).toEqual({ data: { syncMeeting: { id: ID } } });
  const page = await fetch(url, { headers: { accept: 'text/html' } });
  expect(await page.text()).toContain('YogaGraphiQL.renderYogaGraphiQL(');
});
