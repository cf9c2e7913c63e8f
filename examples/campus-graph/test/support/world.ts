import { test } from 'vitest';
import type { Sandbox } from '../../../../sandbox/server.ts';
import { startSandbox } from '../../../../sandbox/server.ts';
import type { Composer } from '../../composers.ts';
import { COMPOSERS } from '../../composers.ts';
import { startGatewayProcess } from '../../gateway-process.ts';
import { startModuleService } from '../../module-service.ts';
import type { Service } from '../../serve.ts';
import type { Answer, Ask } from './ask.ts';
import { post } from './ask.ts';
import type { Tap } from './tap.ts';
import { openTap } from './tap.ts';

/** A sandbox and a gateway process in front of it. The tests of a file share one, as a process takes a while. */
export interface Backend extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** The way from the campus graph to the gateway. */
  readonly gateway: Tap;
}

/** A campus graph over a backend, all on sockets. */
export interface World extends AsyncDisposable {
  /** The way from the campus graph to the module service. */
  readonly modules: Tap;
  /** Asks the campus graph; by default as a student who is signed in. */
  ask<T>(query: string, ask?: Ask): Promise<Answer<T>>;
}

async function openBackend(env: Readonly<Record<string, string>>): Promise<Backend> {
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(await startSandbox());
  const process = stack.use(await startGatewayProcess({ PORT: '0', UPSTREAM_URL: sandbox.url, ...env }));
  const gateway = stack.use(await openTap(process));
  const all = stack.move();
  return { sandbox, gateway, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** `test` with one backend for all the tests of a file. */
export function testWith(env: Readonly<Record<string, string>>) {
  return test
    .extend('env', { scope: 'file' }, env)
    .extend('backend', { scope: 'file' }, async ({ env }, { onCleanup }) => {
      const backend = await openBackend(env);
      onCleanup(() => backend[Symbol.asyncDispose]());
      return backend;
    });
}

/** Starts a campus graph over a backend that forgets what went before; it ends with its scope. */
export async function openWorld(
  composer: Composer,
  { sandbox, gateway }: Backend,
  startModules: () => Promise<Service> = startModuleService,
): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const modules = stack.use(await openTap(stack.use(await startModules())));
  const start = COMPOSERS[composer];
  const campus = stack.use(await start({ gatewayUrl: gateway.url, modulesUrl: modules.url }));
  // The questions of a composer that starts are not the test's.
  modules.clear();
  gateway.clear();
  sandbox.clear();
  const all = stack.move();
  return {
    modules,
    ask: (query, ask) => post(campus.url, query, ask),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
