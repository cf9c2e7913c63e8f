import { expect, it } from 'vitest';
import { startProgram } from '../support/process.ts';

/** Writes the modules of metrics that a process loads to standard error. */
const TELL_LOADED = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({ load(url, context, next) {
    if (url.includes('src/observability/metrics/')) process.stderr.write('LOADED ' + url + '\\n');
    return next(url, context);
  } });
`)}`;

it.each([
  [{}, false],
  [{ ADMIN_PORT: '0' }, true],
])('a gateway with %j loads metrics: %s', async (env, isLoaded) => {
  await using program = startProgram(['--import', TELL_LOADED, 'src/start.js'], { PORT: '0', ...env });
  await program.says(/"msg":"listening"/);
  expect(program.output().includes('LOADED')).toBe(isLoaded);
});
