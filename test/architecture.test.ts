import { readdir, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The rooms of src, and of each the rooms it may import. Data flows from the first to the last, and so do imports. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  main: ['gateway', 'config', 'graphql', 'schema', 'observability', 'lib'],
  gateway: ['config', 'server', 'graphql', 'auth', 'schema', 'luminus', 'rest', 'observability', 'lib'],
  config: ['lib'],
  graphql: ['server', 'auth', 'schema', 'luminus', 'observability', 'lib'],
  schema: ['luminus', 'lib'],
  luminus: ['rest', 'auth', 'observability', 'lib'],
  rest: ['auth', 'observability', 'lib'],
  server: ['observability', 'lib'],
  auth: ['observability', 'lib'],
  observability: ['lib'],
  lib: [],
};

/** Longest file, in lines. */
const MAX_LINES = 200;

const SRC = new URL('../src/', import.meta.url);
const texts = new Map<string, string>();
for (const file of (await readdir(SRC, { recursive: true })).filter(name => name.endsWith('.ts'))) {
  texts.set(file, await readFile(new URL(file, SRC), 'utf8'));
}
const files = [...texts.keys()];

const roomOf = (file: string): string => file.split('/')[0]?.replace(/\.ts$/, '') ?? '';

function importsOf(file: string): string[] {
  return [...(texts.get(file) ?? '').matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map(match =>
    posix.join(posix.dirname(file), match[1] ?? ''),
  );
}

it('every file is in a room', () => {
  expect(files.filter(file => !(roomOf(file) in ROOMS))).toEqual([]);
});

it.each(files)('%s imports only what its room may', file => {
  const room = roomOf(file);
  const wrong = importsOf(file)
    .map(roomOf)
    .filter(target => target !== room && !ROOMS[room]?.includes(target))
    .map(target => `${file} → ${target}`);
  expect(wrong).toEqual([]);
});

it('no file imports itself by way of others', () => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) throw new Error(`${[...path, file].join(' → ')}`);
    if (done.has(file)) return;
    for (const target of importsOf(file)) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
});

it.each(files)('%s is not too long to read', file => {
  expect((texts.get(file) ?? '').split('\n').length).toBeLessThanOrEqual(MAX_LINES + 1);
});

describe('what knows nothing of', () => {
  it('the process is all but main.ts', () => {
    const touching = files.filter(file =>
      /\bprocess(?:\.\w|\[)|node:process|\bconsole\./.test(texts.get(file) ?? ''),
    );
    expect(touching).toEqual(['main.ts']);
  });

  it("a caller's credentials is all but rest", () => {
    const reading = files.filter(file => /\bcaller\??\.(?:credentials|key)\b/.test(texts.get(file) ?? ''));
    expect(new Set(reading.map(roomOf))).toEqual(new Set(['rest']));
  });

  it('src is the sandbox', async () => {
    const sandbox = new URL('../sandbox/', import.meta.url);
    for (const file of (await readdir(sandbox, { recursive: true })).filter(name => name.endsWith('.ts'))) {
      expect(await readFile(new URL(file, sandbox), 'utf8')).not.toMatch(/from '[^']*src\//);
    }
  });
});
