import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DevServer } from '../support/dev-server.ts';
import { startDevServer } from '../support/dev-server.ts';
import { commandsIn, linesOf, maskLike, readDocument, requestsIn } from '../support/document.ts';
import { openWorld } from '../support/world.ts';

const ROOT = new URL('../../', import.meta.url);
const doc = await readDocument('docs/consumers.md');
const { blocks } = doc;

/** Blocks that name their file in a comment at their top. */
const quotes = blocks.flatMap(({ text }) => {
  const [, file] = /^(?:\/\/|#) (\S+)\n/.exec(text) ?? [];
  return file === undefined ? [] : [{ file, lines: linesOf(text).slice(1) }];
});

const requests = requestsIn(doc);
const commands = commandsIn(doc);
const answers = requests.map(({ answer }) => answer);

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

describe('a request against npm run dev', () => {
  let server: DevServer;
  beforeAll(async () => {
    server = await startDevServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each(requests)('$command', async ({ command, answer }) => {
    const response = await server.send(command);
    expect(answer?.language).toBe('json');
    const expected: unknown = JSON.parse(answer?.text ?? 'null');
    const given = maskLike(expected, await response.json());
    // As texts: in the order of the wire.
    expect(JSON.stringify(given, null, 2)).toBe(JSON.stringify(expected, null, 2));
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
