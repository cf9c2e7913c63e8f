import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compiledCodeOf } from '../scripts/build/compile.ts';
import { argumentsOf } from './support/process.ts';

/** What npm start gives to Node, and a heap that follows the memory limit of a container or a unit. */
const OPTIONS = [...argumentsOf('start').slice(0, -1), '--max-old-space-size-percentage=50'];

const read = (file: string): Promise<string> => readFile(new URL(`../${file}`, import.meta.url), 'utf8');

it('the image starts the gateway with the options of npm start', async () => {
  const entrypoints = [...(await read('Dockerfile')).matchAll(/^ENTRYPOINT (\[.*\])$/gm)];
  const parsed: unknown[] = entrypoints.map(([, json = '']) => JSON.parse(json));
  expect(parsed.at(-1)).toEqual(['node', ...OPTIONS, 'gateway.js']);
});

it('the image has Node use the code that was compiled at the build', async () => {
  const variables = Object.entries(compiledCodeOf('/gateway')).map(([name, value]) => `${name}=${value}`);
  const dockerfile = await read('Dockerfile');
  for (const variable of variables) expect(dockerfile).toContain(variable);
});

describe('the unit of systemd', () => {
  const FILE = 'deploy/systemd/luminus-zoom-gateway.service';
  const NODE = '/opt/luminus-zoom-gateway/node';
  const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
  if (!hasAnalyze) process.stdout.write('Not run: the check of the unit file. Missing: systemd-analyze.\n');

  it('starts the gateway with the options of npm start', async () => {
    const [, command] = /^ExecStart=(.*)$/m.exec(await read(FILE)) ?? [];
    expect(command?.split(' ')).toEqual([NODE, ...OPTIONS, 'gateway.js']);
  });

  it.skipIf(!hasAnalyze).each([
    ['is valid', (text: string) => text, true],
    [
      'would not be with a misspelt option',
      (text: string) => text.replace('ProtectHome', 'ProtectHom'),
      false,
    ],
  ])('%s', async (_what, change, isValid) => {
    const folder = await mkdtemp(join(tmpdir(), 'unit-'));
    await using _ = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
    const unit = join(folder, 'luminus-zoom-gateway.service');
    const node = join(folder, 'node');
    await writeFile(node, '');
    await chmod(node, 0o755);
    await writeFile(unit, change((await read(FILE)).replaceAll(NODE, node)));
    const { stderr, status } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    // It also speaks of the other units of the machine.
    const lines = stderr.split('\n').filter(line => line.includes(unit));
    expect({ status, lines }).toEqual(
      isValid
        ? { status: 0, lines: [] }
        : expect.objectContaining({ lines: [expect.stringContaining("ProtectHom'")] }),
    );
  });
});
