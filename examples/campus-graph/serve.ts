import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';

/** Where every service of the example serves GraphQL. */
export const GRAPHQL_PATH = '/graphql';

/** A service that listens until it is disposed of; what runs then is finished first. */
export interface Service extends AsyncDisposable {
  /** Where it serves GraphQL. */
  readonly url: string;
}

/** What answers a request: Node's kind of listener, or one that promises its answer, as Yoga and Hive are. */
type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/**
 * Serves a listener on this machine alone.
 * @param port 0, the default, takes any free port.
 */
export async function serve(listener: Listener, port = 0): Promise<Service> {
  let running = 0;
  const server = createServer((request, response) => {
    running += 1;
    response.once('close', () => {
      running -= 1;
      if (!server.listening) closeUnused();
    });
    void listener(request, response);
  });
  // Not closeIdleConnections: that leaves connections on which nothing was asked yet, such as clients keep in reserve.
  const closeUnused = (): void => {
    if (running === 0) server.closeAllConnections();
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}${GRAPHQL_PATH}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve());
        closeUnused();
      }),
  };
}
