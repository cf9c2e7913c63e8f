import type { Socket } from 'node:net';
import { buildConnector, Client } from 'undici';

/** What is handed out: one connection, opened when it is first used and again when it was lost. */
export interface Connection {
  readonly client: Client;
  /** Bytes of answers that have come on it since it was last opened, inside TLS where it is used. */
  readonly bytesRead: number;
}

/**
 * The connections to the upstream, kept open and used by one call at a time.
 * There are as many as calls were ever under way at once: who takes them bounds that. undici's Pool looks through all
 * of them for one that is free, twice a call.
 */
export class Connections {
  readonly #origin: string;
  readonly #connect: ReturnType<typeof buildConnector>;
  readonly #all = new Set<Connection>();
  readonly #free: Connection[] = [];

  /** @param connectTimeout milliseconds. */
  constructor(origin: string, connectTimeout: number) {
    this.#origin = origin;
    // One for all of them: TLS sessions are resumed from one connection to the next.
    this.#connect = buildConnector({ timeout: connectTimeout, allowH2: false });
  }

  /** A connection for one call: the one that was used last, so that those that are not needed go idle and close. */
  take(): Connection {
    return this.#free.pop() ?? this.takeNew();
  }

  /** A connection for one call that no call has used before. */
  takeNew(): Connection {
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

  /** To be called when the call was answered. */
  giveBack(connection: Connection): void {
    this.#free.push(connection);
  }

  /** To be called when it was not: what is left of it would be in the way of the next call. */
  discard(connection: Connection): void {
    this.#all.delete(connection);
    void connection.client.destroy();
  }

  /** Closes all, once what runs has ended. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#all, ({ client }) => client.close()));
  }
}
