import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SANDBOX_KEY } from '../../../sandbox/server.ts';
import { buildImages, canRunContainers, freePort, ROOT, run } from './containers.ts';

/** The services of deploy/compose.yaml that run here: there is no image of Grafana to make from Debian's packages. */
const SERVICES = ['gateway-1', 'gateway-2', 'redis', 'haproxy', 'prometheus', 'sandbox'];

/** How Compose is called: as a plugin of Docker, or as a program of its own; null where there is none. */
export const COMPOSE =
  [['docker', 'compose'], ['docker-compose']].find(
    ([program = '', ...args]) => spawnSync(program, [...args, 'version'], { stdio: 'ignore' }).status === 0,
  ) ?? null;

/** Whether deploy/compose.yaml can be started here; says in a line what is missing. */
export function canCompose(): boolean {
  if (COMPOSE === null)
    process.stdout.write('Not run: tests of deploy/compose.yaml. Missing: Docker Compose.\n');
  return COMPOSE !== null && canRunContainers('redis-server', 'haproxy', 'prometheus');
}

/** What deploy/compose.yaml has started. */
export interface Composition extends AsyncDisposable {
  /** Where the balancer serves GraphQL. */
  readonly url: string;
  /** The origin of Prometheus. */
  readonly prometheus: string;
  /** Runs a command of Compose, such as `restart gateway-1`. @returns what it wrote. */
  compose(...args: readonly string[]): Promise<string>;
}

/** Starts the services with the sandbox as their upstream, on ports that the system chooses. */
export async function startComposition(): Promise<Composition> {
  await buildImages();
  const images = await readFile(join(ROOT, 'deploy/compose.yaml'), 'utf8');
  const bases = [...images.matchAll(/image: ((?:redis|haproxy|prom\/prometheus):\S+)/g)].map(
    ([, name = '']) => name,
  );
  await run('test/deploy/support/base-images.sh', bases);
  const folder = await mkdtemp(join(tmpdir(), 'compose-'));
  // A copy, for its secrets, and for alerts that do not wait for minutes.
  await cp(join(ROOT, 'deploy'), join(folder, 'deploy'), { recursive: true });
  await rm(join(folder, 'deploy/secrets'), { recursive: true, force: true });
  await run('install', ['-d', '-m', '700', join(folder, 'deploy/secrets')]);
  for (const [name, text] of [
    ['subscription-key', SANDBOX_KEY],
    ['caller-id-secret', 'a secret of the test, with more than 32 characters'],
    ['grafana-password', 'none'],
  ] as const)
    await writeFile(join(folder, 'deploy/secrets', name), text, { mode: 0o444 });
  const alerts = join(folder, 'deploy/prometheus/alerts.yaml');
  const rules = await readFile(alerts, 'utf8');
  await writeFile(
    alerts,
    rules.replaceAll(/\bfor: \d+[smh]/g, 'for: 5s').replaceAll(/\[\d+[smh]\]/g, '[30s]'),
  );

  const ports = { gateway: await freePort(), prometheus: await freePort() };
  const env = {
    GATEWAY_PORT: String(ports.gateway),
    PROMETHEUS_PORT: String(ports.prometheus),
    COMPOSE_PROJECT_NAME: `luminus-test-${process.pid}`,
  };
  const compose = (...args: readonly string[]): Promise<string> => {
    const [program = '', ...words] = COMPOSE ?? [];
    const files = [
      '-f',
      join(folder, 'deploy/compose.yaml'),
      '--env-file',
      join(folder, 'deploy/sandbox.env'),
    ];
    return run(program, [...words, ...files, ...args], env);
  };
  const composition: Composition = {
    url: `http://127.0.0.1:${ports.gateway}/graphql`,
    prometheus: `http://127.0.0.1:${ports.prometheus}`,
    compose,
    async [Symbol.asyncDispose]() {
      await compose('down', '--volumes', '--timeout', '1');
      await rm(folder, { recursive: true });
    },
  };
  try {
    await compose('up', '--detach', '--no-build', ...SERVICES);
    return composition;
  } catch (error) {
    await composition[Symbol.asyncDispose]();
    throw error;
  }
}
