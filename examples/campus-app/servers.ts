import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createServer as createViteServer } from 'vite';
import { json, meeting, type Reply } from '../../sandbox/reply.ts';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { SANDBOX_KEY, type Sandbox, startSandbox } from '../../sandbox/server.ts';

/** Something that runs. */
export interface Running extends AsyncDisposable {
  readonly url: string;
}

/** Starts a LumiNUS for the week of the fixture. Port 0 takes any free one. */
export async function startLumiNUS(port = 0): Promise<Sandbox> {
  const luminus = await startSandbox({ port });
  setScene(luminus);
  return luminus;
}

/** Sets a LumiNUS back to what the week of the fixture expects. */
export function setScene(luminus: Sandbox): void {
  luminus.clear();
  luminus.answer(scenarioId(650), awayEveryOtherRequest());
}

/** Starts the gateway as it is run for real: a process of its own that is told all by its environment. */
export async function startGateway(
  upstream: string,
  port = 0,
  settings: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const gateway = spawn(process.execPath, ['src/start.js'], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PORT: String(port),
      UPSTREAM_URL: upstream,
      UPSTREAM_SUBSCRIPTION_KEY: SANDBOX_KEY,
      // The sandbox refuses single meetings, not callers.
      UPSTREAM_HOLD: process.env.UPSTREAM_HOLD || 'off',
      LOG_LEVEL: 'info',
      ...settings,
    },
  });
  const exit = once(gateway, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    // Read to the end: a process that nobody listens to would stop when its pipe is full.
    createInterface(gateway.stdout).on('line', line => {
      const [, listening] = /"url":"([^"]+)"/.exec(line) ?? [];
      if (listening) resolve(listening);
    });
    exit.then(() => reject(new Error('The gateway did not start.')), reject);
  });
  return {
    url,
    async [Symbol.asyncDispose]() {
      gateway.kill();
      await exit;
    },
  };
}

/**
 * Serves the page as Vite's dev server does, and the gateway's graph beside it. As a middleware: on its own, Vite would
 * end the process at SIGTERM before the others have stopped.
 */
export async function startPage(graph: string, port = 0): Promise<Running> {
  const server = createServer();
  const vite = await createViteServer({
    root: import.meta.dirname,
    logLevel: 'warn',
    server: { middlewareMode: true, ws: { server }, proxy: { '/graphql': new URL(graph).origin } },
  });
  server.on('request', vite.middlewares);
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    await vite.close();
    throw error;
  }
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : port}/`,
    async [Symbol.asyncDispose]() {
      await vite.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * Out of service for one request of a client, back for the next, and so on in turn. By request, not by call: the
 * gateway may try twice for one request, and a page would never see the sandbox's own "fails once, then works".
 */
function awayEveryOtherRequest(): Reply {
  const away = json(503, { statusCode: 503, message: 'Service unavailable' });
  const requests = new Map<unknown, Reply>();
  return exchange => {
    const request = exchange.headers['x-request-id'];
    const reply = requests.get(request) ?? (requests.size % 2 === 0 ? away : meeting);
    requests.set(request, reply);
    return reply(exchange);
  };
}
