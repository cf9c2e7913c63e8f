import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { it } from 'vitest';
import type { LoadRequest } from './support/load.ts';
import type { Replica } from './support/replicas.ts';
import { expectNothingCut, restartUnderLoad } from './support/restart-under-load.ts';

/** As nginx needs it: clients do not probe replicas either. */
const DRAIN_MS = '1000';

const CLIENTS = 20;

/**
 * A client with one connection that is kept alive. When a response closes it, or no connection is accepted, it goes on
 * with the next replica.
 */
class DirectClient {
  readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #ports: readonly number[];
  #at: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(ports: readonly number[], at: number) {
    this.#ports = ports;
    this.#at = at;
  }

  /** Sends one request after another. */
  send(sent: LoadRequest): Promise<string> {
    const response = this.#last.then(() => this.#sendOnce(sent)).catch(error => this.#retry(sent, error));
    this.#last = Promise.allSettled([response]);
    return response;
  }

  async #retry(sent: LoadRequest, error: unknown): Promise<string> {
    // Nothing was sent. Any other error is a request that was cut off.
    if (!(error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED')) throw error;
    this.#at += 1;
    return await this.#sendOnce(sent);
  }

  async #sendOnce({ headers, body }: LoadRequest): Promise<string> {
    const port = this.#ports[this.#at % this.#ports.length];
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const asked = request({ port, path: '/graphql', method: 'POST', agent: this.agent, headers });
    asked.on('error', reject).on('response', response => {
      if (response.headers.connection === 'close') this.#at += 1;
      text(response).then(resolve, reject);
    });
    asked.end(body);
    return await promise;
  }
}

async function connect(replicas: readonly Replica[]) {
  const ports = replicas.map(({ port }) => port);
  const clients = Array.from({ length: CLIENTS }, (_, index) => new DirectClient(ports, index));
  let turn = 0;
  return {
    send: async (sent: LoadRequest): Promise<string> => {
      turn += 1;
      return (await clients[turn % CLIENTS]?.send(sent)) ?? '';
    },
    async [Symbol.asyncDispose]() {
      for (const { agent } of clients) agent.destroy();
    },
  };
}

it('no request of clients that reconnect on Connection: close fails while replicas are restarted', async () => {
  const outcome = await restartUnderLoad(DRAIN_MS, connect);
  expectNothingCut(outcome);
});
