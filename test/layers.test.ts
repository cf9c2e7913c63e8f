import { readdir, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { expect, it } from 'vitest';

/** Imports go to the right only. */
const LAYERS = ['main', 'gateway', 'http', 'schema', 'loader', 'upstream', 'model'];

/** Files at the top that belong to no layer: who may import them. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  config: ['main', 'gateway'],
  'config-values': ['config'],
  log: ['main'],
  'misspelled-settings': ['main'],
  'log-output': ['main', 'log'],
};

const SRC = new URL('../src/', import.meta.url);
const files = (await readdir(SRC, { recursive: true })).filter(file => file.endsWith('.ts'));

const layerOf = (file: string): string => file.split('/')[0]?.replace(/\.ts$/, '') ?? '';

async function importsOf(file: string): Promise<string[]> {
  const text = await readFile(new URL(file, SRC), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map(match =>
    posix.join(posix.dirname(file), match[1] ?? ''),
  );
}

it('every file belongs to a layer', () => {
  const known = [...LAYERS, ...Object.keys(BESIDE)];
  expect(files.map(layerOf).filter(layer => !known.includes(layer))).toEqual([]);
});

it.each(files)('%s imports only what is to its right', async file => {
  const from = layerOf(file);
  const wrong = (await importsOf(file)).filter(target => {
    const to = layerOf(target);
    const importers = BESIDE[to];
    if (importers) return !importers.includes(from);
    // What stands beside the layers may use the model alone.
    return from in BESIDE ? to !== 'model' : LAYERS.indexOf(to) < LAYERS.indexOf(from);
  });
  expect(wrong).toEqual([]);
});

it('only main.ts touches the process', async () => {
  const touching = [];
  for (const file of files) {
    const text = await readFile(new URL(file, SRC), 'utf8');
    if (/\bprocess(?:\.\w|\[)|node:process|\bconsole\./.test(text)) touching.push(file);
  }
  expect(touching).toEqual(['main.ts']);
});

it('the sandbox knows nothing of src', async () => {
  const sandbox = new URL('../sandbox/', import.meta.url);
  for (const file of (await readdir(sandbox, { recursive: true })).filter(name => name.endsWith('.ts'))) {
    expect(await readFile(new URL(file, sandbox), 'utf8')).not.toMatch(/from '[^']*src\//);
  }
});
