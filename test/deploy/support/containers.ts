import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { listen } from '../../support/http.ts';

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The images that images.sh builds. */
export const GATEWAY_IMAGE = 'luminus-zoom-gateway';
export const SANDBOX_IMAGE = 'luminus-zoom-sandbox';

/** Runs a program in the repository. @returns what it wrote to standard output. @throws Error with what it wrote to standard error. */
export async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.trim();
}

/** Whether a Docker daemon answers, and each of the programs can be started. Says in one line what is missing. */
export function canRunContainers(...programs: readonly string[]): boolean {
  const missing = ['docker', ...programs].filter(
    program => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined,
  );
  if (missing.length === 0 && spawnSync('docker', ['info'], { stdio: 'ignore' }).status !== 0)
    missing.push('a running Docker daemon');
  if (missing.length > 0)
    process.stdout.write(`Not run: tests of containers. Missing: ${missing.join(', ')}.\n`);
  return missing.length === 0;
}

/** Builds the images, unless they exist. */
export const buildImages = (): Promise<string> => run('test/deploy/support/images.sh', []);

/** A container that is removed with its scope. */
export interface Container extends AsyncDisposable {
  readonly name: string;
  /** What it has written to its log. */
  logs(): Promise<string>;
  /** A value of `docker inspect`, by a template. */
  inspect(template: string): Promise<string>;
}

let count = 0;

/** Starts a container. @param options those of `docker run`. */
export async function startContainer(
  image: string,
  options: readonly string[],
  args: readonly string[] = [],
): Promise<Container> {
  count += 1;
  const name = `luminus-test-${process.pid}-${count}`;
  await run('docker', ['run', '--detach', '--name', name, ...options, image, ...args]);
  return {
    name,
    logs: async () => {
      const { stdout, stderr } = await promisify(execFile)('docker', ['logs', name]);
      return stdout + stderr;
    },
    inspect: template => run('docker', ['inspect', '--format', template, name]),
    async [Symbol.asyncDispose]() {
      await run('docker', ['rm', '--force', '--volumes', name]);
    },
  };
}

/** Waits until a check succeeds, for as long as a busy machine needs. @throws what the last check threw. */
export async function eventually<T>(check: () => Promise<T>, seconds = 120): Promise<T> {
  const end = performance.now() + seconds * 1_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  }
}

/** A port of this machine that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}
