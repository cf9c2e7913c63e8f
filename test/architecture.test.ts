import { readdir, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The rooms of src, and of each the rooms it may import, as the picture in docs/design.md shows them. */
const ROOMS = readPicture(await readFile(new URL('../docs/design.md', import.meta.url), 'utf8'));

/**
 * Reads `a & b --> c & d`, and `subgraph name` … `end` around names, of a mermaid flowchart.
 * An arrow from or to a subgraph stands for each of its members.
 */
function readPicture(document: string): ReadonlyMap<string, ReadonlySet<string>> {
  const [, picture = ''] = /```mermaid\nflowchart \w+\n([\s\S]*?)```/.exec(document) ?? [];
  const groups = new Map<string, string[]>();
  const arrows: (readonly [string[], string[]])[] = [];
  let group: string[] | undefined;
  for (const line of picture.split('\n').map(text => text.trim())) {
    const [, name] = /^subgraph (\w+)$/.exec(line) ?? [];
    const [from, to] = line.split(' --> ').map(side => side.split(' & '));
    if (name !== undefined) {
      group = [];
      groups.set(name, group);
    } else if (line === 'end') group = undefined;
    else if (from && to) arrows.push([from, to]);
    else if (line !== '') group?.push(line);
  }
  const members = (names: readonly string[]): string[] => names.flatMap(name => groups.get(name) ?? [name]);
  const rooms = new Map<string, Set<string>>();
  const imports = (room: string): Set<string> => rooms.get(room) ?? new Set();
  for (const room of members([...groups.keys(), ...arrows.flat(2)])) rooms.set(room, new Set());
  for (const [from, to] of arrows)
    for (const room of members(from)) rooms.set(room, new Set([...imports(room), ...members(to)]));
  return rooms;
}

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
  return [...(texts.get(file) ?? '').matchAll(/(?:from|import)\s*\(?'(\.[^']+\.[jt]s)'/g)].map(match =>
    posix.join(posix.dirname(file), match[1] ?? ''),
  );
}

it('the picture in docs/design.md shows every room of src, and no other', () => {
  expect([...ROOMS.keys()].toSorted()).toEqual([...new Set(files.map(roomOf))].toSorted());
});

it('the picture in docs/design.md has no arrows in a circle', () => {
  const reach = (room: string, path: readonly string[]): void => {
    if (path.includes(room)) throw new Error([...path, room].join(' → '));
    for (const target of ROOMS.get(room) ?? []) reach(target, [...path, room]);
  };
  for (const room of ROOMS.keys()) reach(room, []);
});

it.each(files)('%s imports only what its room may', file => {
  const room = roomOf(file);
  const wrong = importsOf(file)
    .filter(target => target !== '../package.json')
    .map(roomOf)
    .filter(target => target !== room && !ROOMS.get(room)?.has(target))
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
  it('the process is all but main.ts and cli', () => {
    const touching = files.filter(file =>
      /\bprocess(?:\.\w|\[)|node:process|\bconsole\./.test(texts.get(file) ?? ''),
    );
    expect(new Set(touching.map(roomOf))).toEqual(new Set(['main', 'cli']));
  });

  it("a caller's credentials is all but rest", () => {
    const reading = files.filter(file => /\bcaller\??\.(?:credentials|key)\b/.test(texts.get(file) ?? ''));
    expect(new Set(reading.map(roomOf))).toEqual(new Set(['rest']));
  });

  it('OpenTelemetry is all but tracing, which loads it only when it is needed', () => {
    const importing = files.filter(file => /from '@opentelemetry\//.test(texts.get(file) ?? ''));
    expect(new Set(importing.map(file => posix.dirname(file)))).toEqual(new Set(['observability/tracing']));
    const loading = files
      .filter(file => !importing.includes(file))
      .filter(file => importsOf(file).some(target => importing.includes(target)));
    expect(loading).toEqual(['observability/tracing/create-tracing.ts']);
    for (const file of importing) {
      const [, name = ''] = /([^/]+)$/.exec(file) ?? [];
      expect(texts.get('observability/tracing/create-tracing.ts')).not.toContain(`from './${name}'`);
    }
  });

  it('src is the sandbox', async () => {
    const sandbox = new URL('../sandbox/', import.meta.url);
    for (const file of (await readdir(sandbox, { recursive: true })).filter(name => name.endsWith('.ts'))) {
      expect(await readFile(new URL(file, sandbox), 'utf8')).not.toMatch(/from '[^']*src\//);
    }
  });
});
