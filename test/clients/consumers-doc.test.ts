import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SETTINGS } from '../../src/config/settings.ts';
import type { Program } from '../support/process.ts';
import { startProgram } from '../support/process.ts';
import { openWorld } from '../support/world.ts';

const ROOT = new URL('../../', import.meta.url);
const doc = await readFile(new URL('docs/consumers.md', ROOT), 'utf8');

interface Block {
  readonly language: string;
  readonly text: string;
}

const blocks: readonly Block[] = [...doc.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', text = '']) => ({ language, text }),
);

/** Blocks that name their file in a comment at their top. */
const quotes = blocks.flatMap(({ text }) => {
  const [, file] = /^(?:\/\/|#) (\S+)\n/.exec(text) ?? [];
  return file === undefined ? [] : [{ file, lines: linesOf(text).slice(1) }];
});

/** Requests, each with the answer in the block below it. */
const requests = blocks.flatMap(({ text }, index) =>
  text.startsWith('curl ') ? [{ command: text, answer: blocks[index + 1] }] : [],
);

/** Commands that start something. */
const commands = blocks
  .filter(({ language, text }) => language === 'sh' && !text.startsWith('curl '))
  .flatMap(({ text }) => linesOf(text));

const answers = requests.map(({ answer }) => answer);

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
}

it('every block is quoted from a file, sent, or a command', () => {
  expect(quotes.length + requests.length + answers.length + commands.length).toBe(blocks.length);
  expect([quotes.length, requests.length].map(count => count > 2)).toEqual([true, true]);
});

it.each(quotes)('what is quoted from $file is there, in that order', async ({ file, lines }) => {
  const there = linesOf(await readFile(new URL(file, ROOT), 'utf8'));
  let from = 0;
  for (const line of lines) {
    const at = there.indexOf(line, from);
    expect(at, `not in ${file}, or not in that order: ${line}`).toBeGreaterThanOrEqual(0);
    from = at + 1;
  }
});

it.each(commands)('%s is a script, with settings that exist', async command => {
  const words = command.split(' ');
  const settings = words.filter(word => word.includes('='));
  const { scripts } = JSON.parse(await readFile(new URL('package.json', ROOT), 'utf8'));
  const [npm, ...rest] = words.slice(settings.length);
  expect(npm).toBe('npm');
  expect(Object.keys(scripts)).toContain(rest.at(-1));
  for (const setting of settings) {
    const [name = '', value = ''] = setting.split('=');
    expect(Object.keys(SETTINGS)).toContain(name);
    if (value.includes('/')) expect(existsSync(new URL(value, ROOT))).toBe(true);
  }
});

it.each([...doc.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target))(
  'the link to %s leads somewhere',
  async target => {
    const [path = '', heading] = target.split('#');
    const page = path === '' ? doc : path;
    if (path !== '') expect(existsSync(new URL(path, new URL('docs/', ROOT)))).toBe(true);
    if (heading === undefined) return;
    const text = page === doc ? doc : await readFile(new URL(path, new URL('docs/', ROOT)), 'utf8');
    const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(headings).toContain(heading);
  },
);

describe('a request against npm run dev', () => {
  let program: Program;
  let url: string;
  beforeAll(async () => {
    program = startProgram(['dev.ts'], { PORT: '0', SANDBOX_PORT: '0' });
    [, url = ''] = await program.says(/"url":"(http:[^"]+)"/);
  });
  afterAll(() => program[Symbol.asyncDispose]());

  it.each(requests)('$command', async ({ command, answer }) => {
    const { method, headers, body, path } = readCurl(command);
    const response = await fetch(new URL(path, url), { method, headers, body });
    expect(answer?.language).toBe('json');
    const expected: { data?: unknown; errors?: unknown } = JSON.parse(
      answer?.text ?? 'null',
      (_key, value) => (value === '…' ? expect.any(String) : value),
    );
    const given: { data?: unknown } = await response.json().then(value => Object(value));
    // What is left out of the doc is not compared, apart from the data.
    expect(given).toMatchObject(expected);
    expect(given.data).toEqual(expected.data);
  });
});

it.each([
  [49, 49],
  [50, 50],
  [51, 51],
  [90, 51],
])('of %i malformed ids, %i errors tell', async (count, expected) => {
  await using world = await openWorld();
  const { errors } = await world.ask('query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }', {
    variables: { ids: Array(count).fill('CS2030S') },
  });
  expect(errors).toHaveLength(expected);
  expect(errors.some(({ message }) => message.includes('error limit reached'))).toBe(count > 50);
});

/** Reads the few options of curl that the doc uses. */
function readCurl(command: string) {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  const after = (option: string): string[] => words.filter((_, index) => words[index - 1] === option);
  const [curl, address = ''] = words;
  expect([curl, address]).toEqual(['curl', expect.stringMatching(/^http:\/\/localhost:4000\//)]);
  expect(words).toHaveLength(2 + 2 * (after('-H').length + after('-d').length));
  return {
    method: 'POST',
    path: new URL(address).pathname,
    headers: new Headers(
      after('-H').map(header => [header.replace(/:.*/, ''), header.replace(/[^:]*: /, '')]),
    ),
    body: after('-d').join('&'),
  };
}
