import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { MEETING_FIELDS } from '../src/luminus/meeting.ts';
import { pathsIn, readDocument } from './support/document.ts';

const ROOT = new URL('../', import.meta.url);

/** A field that no test, scenario or example singles out: a file that names it has to name every field. */
const FIELD = 'exportMultimediaWeb' satisfies keyof typeof MEETING_FIELDS;

const { text } = await readDocument('CONTRIBUTING.md');

function section(title: string): string {
  const [, body = ''] = text.split(`## ${title}\n`);
  return body.split('\n## ')[0] ?? '';
}

it('the recipe for a field names every file that has to name a new field', async () => {
  const files = execFileSync('git', ['ls-files'], { cwd: fileURLToPath(ROOT), encoding: 'utf8' }).split('\n');
  const naming: string[] = [];
  for (const file of files.filter(
    name => /\.(?:ts|tsx|json|graphql)$/.test(name) && !name.startsWith('test/'),
  )) {
    if (!existsSync(new URL(file, ROOT))) continue;
    if ((await readFile(new URL(file, ROOT), 'utf8')).includes(FIELD)) naming.push(file);
  }
  const named = pathsIn(section('Recipe: add a field'));
  expect(naming.filter(file => !named.includes(file))).toEqual([]);
  // Fields are decoded by their kind, and the test counts them. The rest depends on the kind.
  const others = [
    'src/luminus/field-kinds.ts',
    'SECURITY.md',
    'test/schema/schema.test.ts',
    'test/observability/secrets.e2e.ts',
    'test/schema/fields.test.ts',
    'bench/servers/schema.ts',
    'bench/check.ts',
    'test/luminus/scenarios.test.ts',
    'test/schema/fields.test.ts',
    'src/luminus/codes.ts',
    'src/schema/enums.ts',
    'src/luminus/meeting-loader.ts',
  ];
  expect(named.filter(file => !naming.includes(file))).toEqual(others);
});

it('the path of an id enters each room once, in the order of the imports, and leaves them in reverse', () => {
  const [there = '', back = ''] = section('The path of a meeting id').split('And back');
  const roomsOf = (steps: string): string[] =>
    [...steps.matchAll(/^\d+\. `src\/(\w+)\//gm)]
      // What a request's credentials are is asked of auth on the way.
      .map(([, room = '']) => (room === 'auth' ? 'graphql' : room))
      .filter((room, index, rooms) => room !== rooms[index - 1]);
  const order = ['server', 'graphql', 'schema', 'luminus', 'rest'];
  expect(roomsOf(there)).toEqual(order);
  expect(roomsOf(back)).toEqual(order.toReversed());
});
