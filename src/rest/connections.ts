import type { Socket } from 'node:net';
import { buildConnector, Client } from 'undici';

/** A connection that is opened when it is first used, and again once it was lost. */
export interface Connection {
  readonly client: Client;
  /** Bytes of responses that arrived on it since it was last opened, decrypted where it uses TLS. */
  readonly bytesRead: number;
}

/**
 * The connections to the upstream, kept open and used by one call at a time.
 * There are as many as calls were ever in flight at once, which the concurrency limiter bounds. undici's Pool looks
 * through all of them for one that is free, twice a call.
 */
export class Connections {
  readonly #origin: string;
  readonly #connect: ReturnType<typeof buildConnector>;
  readonly #all = new Set<Connection>();
  readonly #free: Connection[] = [];

  /** @param connectTimeout milliseconds. */
  constructor(origin: string, connectTimeout: number) {
    this.#origin = origin;
    // One connector for all of them: TLS sessions are resumed from one connection to the next.
    this.#connect = buildConnector({ timeout: connectTimeout, allowH2: false });
  }

  /** A connection for one call: the one that was used last, so that surplus ones go idle and close. */
  acquire(): Connection {
    return this.#free.pop() ?? this.acquireNew();
  }

  /** A connection for one call that no call has used before. */
  acquireNew(): Connection {
    let socket: Socket | null = null;
    const client = new Client(this.#origin, {
      allowH2: false,
      connect: (options, done) =>
        this.#connect(options, (...opened) => {
          [, socket] = opened;
          done(...opened);
        }),
    });
    const connection: Connection = {
      client,
      get bytesRead() {
        return socket?.bytesRead ?? 0;
      },
    };
    this.#all.add(connection);
    return connection;
  }

  /** To be called when the call got a response. */
  release(connection: Connection): void {
    this.#free.push(connection);
  }

  /** To be called when it got none: what is left of it would be in the way of the next call. */
  destroy(connection: Connection): void {
    this.#all.delete(connection);
    void connection.client.destroy();
  }

  /** Closes all, once the calls in flight have ended. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#all, ({ client }) => client.close()));
  }
}
