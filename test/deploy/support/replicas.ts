import { setTimeout as delay } from 'node:timers/promises';
import { send } from '../../support/http.ts';
import type { Program } from '../../support/process.ts';
import { startGatewayProgram } from '../../support/process.ts';
import { findStablePort } from './ports.ts';

/** A gateway in a process of its own, which keeps its ports when it is restarted. */
export interface Replica extends AsyncDisposable {
  readonly port: number;
  readonly adminPort: number;
  /** Starts it again, and settles once it is ready. */
  start(): Promise<void>;
  /** Sends it SIGTERM. @returns its exit status once it has ended. */
  stop(): Promise<number | null>;
}

/** Starts a replica, and settles once it is ready. @param env what differs from the defaults. */
export async function startReplica(env: Readonly<Record<string, string>>): Promise<Replica> {
  const port = await findStablePort();
  const adminPort = await findStablePort();
  const start = async (): Promise<Program> => {
    const started = startGatewayProgram({ ...env, PORT: String(port), ADMIN_PORT: String(adminPort) });
    await started.says(/"msg":"listening"/);
    while ((await send(`http://127.0.0.1:${adminPort}/ready`)).status !== 200) await delay(20);
    return started;
  };
  let program = await start();
  return {
    port,
    adminPort,
    async start() {
      program = await start();
    },
    async stop() {
      program.child.kill('SIGTERM');
      return await program.exit;
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
