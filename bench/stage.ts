import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkAnswer } from './check.ts';
import { ROOT } from './checkout.ts';
import type { FixtureName, RunningFixture } from './fixtures/list.ts';
import { FIXTURES } from './fixtures/list.ts';
import { keepAwake } from './keep-awake.ts';
import { LOAD_CORE, SERVER_CORE } from './machine.ts';
import { freePort } from './ports.ts';
import type { Running } from './process.ts';
import { launch } from './process.ts';
import type { Server, ServerName } from './servers/list.ts';
import { SERVERS } from './servers/list.ts';
import type { Callers } from './upstream/caller.ts';
import { NEW_CALLERS } from './upstream/caller.ts';
import { startNginx } from './upstream/nginx.ts';

/** A server of the benchmark that runs. */
export interface Started extends Running {
  readonly name: ServerName;
  readonly server: Server;
  readonly url: string;
  /** Who asks it. */
  readonly callers: Callers;
}

/** What every workload stands on: cores that do not halt, a folder that goes away, nginx, and the fixtures of the servers. */
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

const SLOW_UPSTREAM = fileURLToPath(new URL('upstream/slow.ts', import.meta.url));

/** Sets the stage for some servers. Files, logs of the servers among them, go to a temporary folder. */
export async function createStage(servers: readonly ServerName[]): Promise<Stage> {
  await using undo = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  undo.defer(() => rmSync(dir, { recursive: true }));
  const folderOf = (name: string): string => join(dir, name);
  for (const core of [SERVER_CORE, LOAD_CORE]) undo.use(keepAwake(core, dir));

  mkdirSync(folderOf('nginx'));
  const nginx = undo.use(await startNginx(folderOf('nginx'), { callers: NEW_CALLERS }));
  const fixtures = new Map<FixtureName, RunningFixture>();
  for (const fixture of new Set(servers.flatMap(name => SERVERS[name].fixture ?? []))) {
    mkdirSync(folderOf(fixture));
    fixtures.set(fixture, undo.use(await FIXTURES[fixture].start(folderOf(fixture))));
  }

  const startServer = async (
    name: ServerName,
    args: readonly string[],
    cwd: string,
    upstream: string | undefined,
  ): Promise<Started> => {
    const server = SERVERS[name];
    const fixture = server.fixture === undefined ? undefined : fixtures.get(server.fixture);
    const port = await freePort();
    const running = launch({
      command: process.execPath,
      args,
      env: {
        NODE_ENV: 'production',
        HOST: '127.0.0.1',
        PORT: String(port),
        UPSTREAM_URL: nginx.url,
        ...fixture?.env,
        ...server.env,
        ...(upstream === undefined ? {} : { UPSTREAM_URL: upstream }),
      },
      core: SERVER_CORE,
      log: join(dir, `${name}.log`),
      cwd,
    });
    const callers = fixture?.callers ?? NEW_CALLERS;
    return { ...running, name, server, url: `http://127.0.0.1:${port}/graphql`, callers };
  };
  const start: Stage['start'] = (name, { upstream, nodeArgs = [] } = {}) => {
    const { args, fixture, cwd = ROOT } = SERVERS[name];
    return startServer(name, [...nodeArgs, ...args(folderOf(fixture ?? ''))], cwd, upstream);
  };
  const startIn: Stage['startIn'] = (folder, args) => startServer('gateway', args, folder, undefined);

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
  return {
    dir,
    nginx: nginx.url,
    start,
    startIn,
    startSlowUpstream,
    [Symbol.asyncDispose]: () => done.disposeAsync(),
  };
}

/**
 * Waits until a server gives the right answer, every field of it.
 * @throws what was wrong with the last answer, after half a minute or once the process has ended.
 */
export async function untilRight(started: Started, every = 50): Promise<void> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await checkAnswer(started, 1);
    } catch (error) {
      if (started.exited() || performance.now() > end) throw error;
    }
    await sleep(every);
  }
}
