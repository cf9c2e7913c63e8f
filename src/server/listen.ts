import { once } from 'node:events';
import type { Server } from 'node:net';

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

/** Has a server listen. @returns its origin, such as http://127.0.0.1:4000. @throws the system's error when it cannot. */
export async function listen(server: Server, { host, port }: ListenAddress): Promise<string> {
  await once(server.listen(port, host), 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port');
  return `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
}
