import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Service } from './serve.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Starts the gateway as what it is to a campus graph: a process somewhere else, known by its address alone.
 * @param env its settings; PATH and the like are this process's own.
 * @param onLine is given each line it logs.
 */
export async function startGatewayProcess(
  env: Readonly<Record<string, string>>,
  onLine: (line: string) => void = () => {},
): Promise<Service> {
  const child = spawn(process.execPath, ['src/start.js'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const url = Promise.withResolvers<string>();
  exited.then(
    ([code]) => url.reject(new Error(`The gateway ended before it listened, with code ${code}.`)),
    url.reject,
  );
  createInterface(child.stdout).on('line', line => {
    const found = /"url":"([^"]+)"/.exec(line)?.[1];
    if (found !== undefined) url.resolve(found);
    onLine(line);
  });
  return {
    url: await url.promise,
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}
