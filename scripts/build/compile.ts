import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The folder of a bundle with what Node has compiled of it, for NODE_COMPILE_CACHE. */
const COMPILED = 'compiled';

/** The variables with which Node uses the compiled code of a bundle in a directory. */
export function compiledCodeOf(directory: string): Readonly<Record<string, string>> {
  return { NODE_COMPILE_CACHE: join(directory, COMPILED), NODE_COMPILE_CACHE_PORTABLE: '1' };
}

/**
 * Starts a bundle once and stops it, so that Node writes down what it has compiled. Only the same version of Node uses it,
 * under the same user id, and only with options of V8 that do not change code.
 * @throws Error when the bundle does not start.
 */
export async function compile(directory: string): Promise<void> {
  // The seed orders the tables in the compiled code: with it, the same inputs give the same bytes.
  const gateway = spawn(process.execPath, ['--random-seed=1', 'gateway.js'], {
    cwd: directory,
    env: { ...compiledCodeOf(directory), HOST: '127.0.0.1', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(gateway, 'exit');
  let output = '';
  gateway.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    // Before that, a signal would end it without a trace of what it compiled.
    if (!gateway.killed && output.includes('"msg":"listening"')) gateway.kill('SIGINT');
  });
  const [code] = await exit;
  if (code !== 0) throw new Error(`the bundle did not start and stop: ${output}`);
}
