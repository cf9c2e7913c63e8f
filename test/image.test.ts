import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { argumentsOf } from './support/process.ts';

const options = argumentsOf('start').slice(0, -1);

it('the image starts the gateway with the options of npm start, and a heap by the memory of the container', async () => {
  const dockerfile = await readFile(new URL('../Dockerfile', import.meta.url), 'utf8');
  const entrypoints = [...dockerfile.matchAll(/^ENTRYPOINT (\[.*\])$/gm)].map(([, json = '']) =>
    JSON.parse(json),
  );
  expect(entrypoints.at(-1)).toEqual([
    'node',
    ...options,
    '--max-old-space-size-percentage=50',
    'gateway.js',
  ]);
});
