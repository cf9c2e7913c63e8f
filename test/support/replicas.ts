import { Pool } from 'undici';
import type { Program } from './process.ts';
import { LISTENING, startGatewayProgram } from './process.ts';
import { hasRedis, startRedis } from './redis.ts';
import { startThreadedSandbox } from './threaded-sandbox.ts';

/** Gateways in processes of their own, asked in turn as a balancer would. */
export interface Replicas extends AsyncDisposable {
  readonly programs: readonly Program[];
  /** Asks the next replica, or a certain one, for a meeting; returns the codes of the errors and the time it took. */
  ask(id: string, caller: string, replica?: number): Promise<ReplicaAnswer>;
  /** How often each replica has logged a message. */
  logged(message: string): number[];
}

/** What a replica answered. */
export interface ReplicaAnswer {
  /** The code of the error; null for the meeting; 'HTTP' with a status where the request failed as a whole. */
  readonly code: string | null;
  readonly startedAt: number;
  readonly durationMs: number;
}

/** How many replicas `openReplicas` starts. */
export const REPLICAS = 3;

/** A sandbox, a Redis, and three gateways on both. */
export async function openReplicas(env: Readonly<Record<string, string>> = {}) {
  if (!hasRedis) throw new Error('This needs Redis. Install it with: apt-get install redis-server');
  await using made = new AsyncDisposableStack();
  const sandbox = made.use(await startThreadedSandbox());
  const redis = made.use(await startRedis());
  const replicas = made.use(
    await startReplicas(REPLICAS, {
      UPSTREAM_URL: sandbox.url,
      REDIS_URL: redis.url,
      CALLER_ID_SECRET: 'a secret of at least thirty-two characters',
      REPLICAS: String(REPLICAS),
      ...env,
    }),
  );
  const all = made.move();
  return { sandbox, redis, replicas, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Starts replicas with the same settings. */
export async function startReplicas(count: number, env: Readonly<Record<string, string>>): Promise<Replicas> {
  await using started = new AsyncDisposableStack();
  const programs = Array.from({ length: count }, () => started.use(startGatewayProgram(env)));
  const urls = await Promise.all(
    programs.map(async program => {
      const [, url = ''] = await program.says(LISTENING);
      return new URL(url).origin;
    }),
  );
  // A gateway closes connections that are idle for 5 s: this client does so before.
  const pools = urls.map(url => new Pool(url, { keepAliveMaxTimeout: 1_000 }));
  for (const pool of pools) started.defer(() => pool.destroy());
  let turn = 0;
  const all = started.move();
  return {
    programs,
    async ask(id, caller, replica = turn++ % count) {
      const startedAt = performance.now();
      const query = `{ syncMeeting(id: "${id}") { id } }`;
      const pool = pools[replica];
      if (pool === undefined) throw new RangeError(`there is no replica ${replica}`);
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: '/graphql',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${caller}`,
          'ocp-apim-subscription-key': 'sandbox-key',
        },
        body: JSON.stringify({ query }),
      });
      const text = await body.text();
      const durationMs = performance.now() - startedAt;
      const [error] = JSON.parse(text).errors ?? [];
      const code = statusCode === 200 ? (error?.extensions.code ?? null) : `HTTP ${statusCode}`;
      return { code, startedAt, durationMs };
    },
    logged: message => programs.map(program => program.output().split(`"msg":"${message}"`).length - 1),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
