import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { VARIABLES } from '../../src/config/secret-files.ts';
import type { DevServer } from '../support/dev-server.ts';
import { startDevServer } from '../support/dev-server.ts';
import {
  commandsIn,
  expectTarget,
  maskLike,
  pathsIn,
  readDocument,
  requestsIn,
} from '../support/document.ts';

const ROOT = new URL('../../', import.meta.url);
const cwd = fileURLToPath(ROOT);

const paths = globSync(['*.md', 'docs/**/*.md', 'bench/*.md', 'examples/*/*.md'], { cwd })
  .filter(path => !path.includes('node_modules'))
  .toSorted();
const documents = await Promise.all(paths.map(readDocument));

/** Those whose commands are run in the root of the repository. */
const ofRoot = documents.filter(({ path }) => !/^(?:bench|examples)\//.test(path));

it.each(documents)('every link of $path leads somewhere', async document => {
  for (const link of document.links) await expectTarget(document, link);
});

it.each(ofRoot)('every file that $path names exists', ({ text }) => {
  expect(pathsIn(text).filter(path => !existsSync(new URL(path, ROOT)))).toEqual([]);
});

/** Its commands are those of the system that the gateway is deployed to. */
const DEPLOY = 'docs/deploy.md';

it('every npm script of docs/deploy.md exists', async () => {
  const { scripts } = JSON.parse(await readFile(new URL('package.json', ROOT), 'utf8'));
  const { text } = await readDocument(DEPLOY);
  const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script);
  expect(named).toContain('build');
  for (const script of named) expect(Object.keys(scripts)).toContain(script);
});

const others = ofRoot.filter(({ path }) => path !== DEPLOY);

it.each(others)('every command of $path exists, with settings that exist', async document => {
  const { scripts } = JSON.parse(await readFile(new URL('package.json', ROOT), 'utf8'));
  for (const command of commandsIn(document)) {
    const words = command.split(/ (?:&& )?/);
    const variables = words.filter(word => /^[A-Z_]+=/.test(word));
    for (const variable of variables) {
      const [name = '', value = ''] = variable.split('=');
      expect([...VARIABLES, 'DOCTOR_TOKEN', 'MALLOC_ARENA_MAX']).toContain(name);
      if (value.includes('/') && !value.includes('://'))
        expect(existsSync(new URL(value, ROOT)), command).toBe(true);
    }
    const [program = '', ...rest] = words.slice(variables.length);
    if (program === 'npm') expectScript(rest, Object.keys(scripts));
    else expect(['git', 'node', 'npx']).toContain(program);
    for (const word of rest)
      if (/\.(?:ts|js)$/.test(word)) expect(existsSync(new URL(word, ROOT)), command).toBe(true);
  }
});

function expectScript([action = '', ...words]: readonly string[], scripts: readonly string[]): void {
  const script = words.find(word => !word.startsWith('--'));
  if (action === 'run') expect(scripts).toContain(script);
  else expect(['ci', 'test', 'start']).toContain(action);
}

it('the README is short', async () => {
  const { text } = await readDocument('README.md');
  expect(text.split('\n').length).toBeLessThanOrEqual(90);
});

it('the command that starts a gateway in 128 MB is that of start:small', async () => {
  const { scripts } = JSON.parse(await readFile(new URL('package.json', ROOT), 'utf8'));
  expect(commandsIn(await readDocument('docs/operations.md'))).toContain(
    String(scripts['start:small']).replace('exec env ', '').replace(' --env-file-if-exists=.env', ''),
  );
});

describe('a request against npm run dev', () => {
  let server: DevServer;
  beforeAll(async () => {
    server = await startDevServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const requests = documents
    .filter(({ path }) => path !== 'docs/consumers.md')
    .flatMap(document => requestsIn(document).map(({ command }) => ({ path: document.path, command })))
    // The campus graph listens elsewhere; its own tests send its request.
    .filter(({ path }) => path !== 'examples/campus-graph/README.md');
  it.each(requests)('of $path is answered', async ({ command }) => {
    const response = await server.send(command);
    expect(response.status).toBe(200);
    expect(await response.json()).toHaveProperty('data.syncMeeting');
  });

  it('of the README, for a meeting that fails, is answered as the README shows it', async () => {
    const readme = await readDocument('README.md');
    const [request] = requestsIn(readme);
    const response = await server.send(request?.command ?? '', body =>
      body.replace(/"id": "[^"]+"/, `"id": "${scenarioId(403)}"`),
    );
    const shown: unknown = JSON.parse(
      readme.blocks.find(({ language }) => language === 'json')?.text ?? 'null',
    );
    const given = maskLike(shown, await response.json());
    expect(JSON.stringify(given, null, 2)).toBe(JSON.stringify(shown, null, 2));
  });
});
