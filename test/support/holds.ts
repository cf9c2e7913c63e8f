import type { Reply } from '../../sandbox/reply.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { GatewayError } from '../../src/lib/errors.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { createManualClock } from './clock.ts';
import type { UpstreamOptions } from './upstream.ts';
import { callerNamed, meetingNumber, openUpstream } from './upstream.ts';

/** A sandbox that refuses all calls until it is told otherwise, and a client on a clock that stands still. */
export async function openRefusing(reply: Reply, options: UpstreamOptions = {}) {
  const sandbox = await startSandbox();
  const clock = createManualClock();
  const upstream = openUpstream(sandbox, { clock, retry: { budget: 0, budgetPerSecond: 0 }, ...options });
  let asked = 0;
  sandbox.answerAll(reply);
  return {
    sandbox,
    clock,
    /** Asks for a meeting that nobody has asked for, so that no call is shared. */
    ask(caller: string, timeout = 15_000) {
      const owned = createRequestContext('test', timeout, clock);
      asked += 1;
      const call = upstream.sync(meetingNumber(asked), callerNamed(caller), owned.context).then(
        () => 'answered',
        (error: unknown) =>
          error instanceof GatewayError ? `${error.code} ${error.extensions.retryAfter}` : 'left',
      );
      return { ...owned, call };
    },
    hits: () => sandbox.hits.length,
    async [Symbol.asyncDispose]() {
      await upstream.close();
      await sandbox.close();
    },
  };
}

/** Lets everything that can go on without time passing or an answer arriving go on. */
export async function settle(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await new Promise(resolve => setImmediate(resolve));
}
