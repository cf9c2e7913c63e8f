import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkAnswer } from './check.ts';
import { ROOT } from './checkout.ts';
import { LOAD_CORE, SERVER_CORE } from './machine.ts';
import type { Running } from './process.ts';
import { launch } from './process.ts';
import type { Server, ServerName } from './servers/list.ts';
import { SERVERS } from './servers/list.ts';
import { startNginx } from './upstream/nginx.ts';

/** A server of the benchmark that runs. */
export interface Started extends Running {
  readonly name: ServerName;
  readonly server: Server;
  readonly url: string;
}

/** What every workload stands on: a folder that goes away, and nginx. */
export interface Stage extends AsyncDisposable {
  readonly dir: string;
  /** The fast upstream. */
  readonly nginx: string;
  /** Starts a server, on the fast upstream unless told otherwise. It may not answer yet. */
  readonly start: (name: ServerName, options?: StartOptions) => Promise<Started>;
  /** Starts the gateway of another checkout, on the fast upstream. @param args what node is started with in its folder. */
  readonly startIn: (folder: string, args: readonly string[]) => Promise<Started>;
  /** Starts the upstream that can be slow or fail; returns its origin. */
  readonly startSlowUpstream: () => Promise<AsyncDisposable & { readonly url: string }>;
}

/** What a workload can ask for when it starts a server. */
export interface StartOptions {
  /** Origin of another upstream than nginx. */
  readonly upstream?: string;
  /** Options of Node itself. */
  readonly nodeArgs?: readonly string[];
}

/** How long a server may take until it answers. */
const PATIENCE = 30_000;

const HIVE = fileURLToPath(new URL('servers/hive/', import.meta.url));
const MESH_COMPOSE = fileURLToPath(
  new URL('node_modules/@graphql-mesh/compose-cli/esm/bin.js', import.meta.url),
);
const SLOW_UPSTREAM = fileURLToPath(new URL('upstream/slow.ts', import.meta.url));

/** Sets the stage. Files, logs of the servers among them, go to a temporary folder. */
export async function createStage(servers: readonly ServerName[]): Promise<Stage> {
  await using undo = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  undo.defer(() => rmSync(dir, { recursive: true }));

  const nginxPort = await freePort();
  const nginx = `http://127.0.0.1:${nginxPort}`;
  undo.use(startNginx(nginxPort, dir));
  const supergraph = join(dir, 'supergraph.graphql');
  if (servers.includes('hive')) await compose(supergraph);

  const startServer = async (
    name: ServerName,
    args: readonly string[],
    cwd: string,
    upstream: string,
  ): Promise<Started> => {
    const server = SERVERS[name];
    const port = await freePort();
    const running = launch({
      command: process.execPath,
      args,
      env: {
        NODE_ENV: 'production',
        HOST: '127.0.0.1',
        PORT: String(port),
        UPSTREAM_URL: upstream,
        ...server.env,
      },
      core: SERVER_CORE,
      log: join(dir, `${name}.log`),
      cwd,
    });
    return { ...running, name, server, url: `http://127.0.0.1:${port}/graphql` };
  };
  const start: Stage['start'] = (name, { upstream = nginx, nodeArgs = [] } = {}) => {
    // Hive Gateway takes a configuration from the folder it starts in.
    const cwd = name === 'hive' ? HIVE : ROOT;
    return startServer(name, [...nodeArgs, ...SERVERS[name].args(supergraph)], cwd, upstream);
  };
  const startIn: Stage['startIn'] = (folder, args) => startServer('gateway', args, folder, nginx);

  const startSlowUpstream = async () => {
    const port = await freePort();
    const running = launch({
      command: process.execPath,
      args: [SLOW_UPSTREAM],
      env: { PORT: String(port) },
      core: LOAD_CORE,
      log: join(dir, 'slow-upstream.log'),
      cwd: ROOT,
    });
    return { ...running, url: `http://127.0.0.1:${port}` };
  };

  const done = undo.move();
  return { dir, nginx, start, startIn, startSlowUpstream, [Symbol.asyncDispose]: () => done.disposeAsync() };
}

/**
 * Waits until a server gives the right answer, every field of it.
 * @throws what was wrong with the last answer, after half a minute or once the process has ended.
 */
export async function untilRight({ url, server, exited }: Started, every = 50): Promise<void> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await checkAnswer(url, server.dialect, 1);
    } catch (error) {
      if (exited() || performance.now() > end) throw error;
    }
    await sleep(every);
  }
}

async function compose(file: string): Promise<void> {
  const args = [MESH_COMPOSE, '--config-path', 'mesh.config.ts', '--output', file];
  await promisify(execFile)(process.execPath, args, {
    cwd: HIVE,
    env: { ...process.env, UPSTREAM_URL: '{env.UPSTREAM_URL}' },
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
