import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { listen } from './http.ts';

/** Whether this machine has Redis; Debian's package is redis-server. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** What a gateway logs when it has lost Redis. */
export const LOST = 'Redis cannot be used: this process goes on with its own part of the limits';

/** What it logs when Redis is back. */
export const BACK = 'Redis can be used again: replicas share their limits';

/** A Redis of the machine, in a process of its own and with nothing in it. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  /** A connection that no fault of the test cuts. */
  readonly client: Redis;
  signal(signal: NodeJS.Signals): void;
  /** Ends it, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again, on its port, with nothing in it. */
  start(): Promise<void>;
}

/** Starts a Redis on a port that is free. */
export async function startRedis(): Promise<RedisServer> {
  const port = await freePort();
  let child = spawnServer(port);
  const client = new Redis(port, { lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => {});
  const isReady = async (): Promise<void> => void (await client.ping());
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  await isReady();
  return {
    url: `redis://127.0.0.1:${port}`,
    client,
    signal: signal => void child.kill(signal),
    kill,
    async start() {
      child = spawnServer(port);
      await isReady();
    },
    async [Symbol.asyncDispose]() {
      client.disconnect();
      await kill();
    },
  };
}

function spawnServer(port: number) {
  const options = { port: String(port), bind: '127.0.0.1', save: '', appendonly: 'no' };
  return spawn(
    'redis-server',
    Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    { stdio: 'ignore' },
  );
}

async function freePort(): Promise<number> {
  await using server = createServer();
  return await listen(server);
}

/** Everything that is in a Redis, as one text: names of keys, and what they hold. */
export async function contentsOf(client: Redis): Promise<string> {
  const keys = await client.keys('*');
  return JSON.stringify(
    await Promise.all(keys.map(async key => [key, await client.dump(key), await client.get(key)])),
  );
}
