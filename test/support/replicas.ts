import { postBody } from './http.ts';
import type { Program } from './process.ts';
import { startGatewayProgram } from './process.ts';

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

/** Starts replicas with the same settings. */
export async function startReplicas(count: number, env: Readonly<Record<string, string>>): Promise<Replicas> {
  await using started = new AsyncDisposableStack();
  const programs = Array.from({ length: count }, () => started.use(startGatewayProgram(env)));
  const urls = await Promise.all(
    programs.map(async program => (await program.says(/"url":"(http:[^"]+)"/))[1] ?? ''),
  );
  let turn = 0;
  const all = started.move();
  return {
    programs,
    async ask(id, caller, replica = turn++ % count) {
      const startedAt = performance.now();
      const query = `{ syncMeeting(id: "${id}") { id } }`;
      const { status, text } = await postBody(urls[replica] ?? '', JSON.stringify({ query }), {
        authorization: `Bearer ${caller}`,
        'ocp-apim-subscription-key': 'sandbox-key',
      });
      const durationMs = performance.now() - startedAt;
      const [error] = JSON.parse(text).errors ?? [];
      const code = status === 200 ? (error?.extensions.code ?? null) : `HTTP ${status}`;
      return { code, startedAt, durationMs };
    },
    logged: message => programs.map(program => program.output().split(`"msg":"${message}"`).length - 1),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
