import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Finds a port that a program can use again after each restart. Those that the system chooses are also given to
 * outgoing connections, which could take it in the meantime: Linux does so from 32768 on.
 */
export async function findStablePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    const server = createServer();
    server.listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
