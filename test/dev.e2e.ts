import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import gatewayPackage from '../package.json' with { type: 'json' };
import { listen } from './support/http.ts';
import { startProgram, startScript } from './support/process.ts';

const cwd = fileURLToPath(new URL('../', import.meta.url));

describe('npm run dev', () => {
  it.each(['PORT', 'SANDBOX_PORT', 'ADMIN_PORT'])(
    'where %s is taken says so, names the variables that choose others, and ends',
    async name => {
      const other = createServer();
      const port = await listen(other);
      await using dev = startScript('dev', {
        PORT: '0',
        SANDBOX_PORT: '0',
        ADMIN_PORT: '0',
        [name]: String(port),
      });
      expect(await dev.exit).toBe(1);
      expect(dev.output()).toContain(`Not started: port ${port} (${name}) is taken`);
      expect(dev.output()).toContain('PORT=4100 SANDBOX_PORT=4110 ADMIN_PORT=4111 npm run dev');
      other.close();
    },
  );
});

describe('an older Node', () => {
  /** Has this Node say that it is another one, before it loads anything of the project. */
  const pretend = (version: string): string =>
    `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`;

  it.each(['src/start.js', 'src/node-version.js'])(
    'that runs %s is told in one sentence what is needed',
    async file => {
      await using program = startProgram(['--import', pretend('20.20.2'), file]);
      expect(await program.exit).toBe(1);
      expect(program.output()).toMatch(/^This needs Node 24 or newer, and is run by Node 20\.20\.2: .*\n$/);
    },
  );

  it.each(['24.0.0', '25.1.0'])('is not what Node %s is', async version => {
    await using program = startProgram(['--import', pretend(version), 'src/node-version.js']);
    expect([await program.exit, program.output()]).toEqual([0, '']);
  });

  it('is stopped before npm start, npm run dev and npm test do anything', () => {
    const { scripts, engines } = gatewayPackage;
    for (const name of ['predev', 'pretest'] as const)
      expect(scripts[name]).toMatch(/^node src\/node-version\.js/);
    for (const name of ['start', 'start:small'] as const) expect(scripts[name]).toMatch(/ src\/start\.js$/);
    expect(engines.node).toBe('>=24');
  });

  // Where an old Node is installed beside the one that runs the tests, the real one is asked, too.
  const old = spawnSync('/usr/bin/node', ['--version'], { encoding: 'utf8' });
  const isOld = /^v(?:1[6-9]|2[0-3])\./.test(old.stdout ?? '');
  it.runIf(isOld)(`(${String(old.stdout).trim()}) really says so`, () => {
    const { status, stdout, stderr } = spawnSync('/usr/bin/node', ['src/start.js'], {
      cwd,
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^This needs Node 24 or newer, .*\n$/);
  });
});
