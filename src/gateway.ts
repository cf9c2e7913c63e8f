import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from './config.ts';
import { createGraphiQLPage } from './http/graphiql.ts';
import { createListener, GRAPHQL_PATH } from './http/listener.ts';
import { createPipeline } from './http/pipeline.ts';
import type { Log } from './model/log.ts';
import { schema } from './schema/index.ts';
import { createUpstream } from './upstream/client.ts';

/** A gateway that listens. */
export interface Gateway extends AsyncDisposable {
  /** Where GraphQL is served. */
  readonly url: string;
  /** Stops accepting, lets what runs finish, and closes every connection. */
  close(): Promise<void>;
}

/** What a gateway needs from the world. */
export interface GatewayOptions {
  readonly config: Config;
  readonly log: Log;
}

/** Puts a gateway together and starts it. @throws the system's error when it cannot listen. */
export async function startGateway({ config, log }: GatewayOptions): Promise<Gateway> {
  const upstream = createUpstream({
    url: config.UPSTREAM_URL,
    offsetMinutes: config.UPSTREAM_TIME_ZONE_OFFSET,
    attemptTimeout: config.UPSTREAM_ATTEMPT_TIMEOUT_MS,
    connectTimeout: config.UPSTREAM_CONNECT_TIMEOUT_MS,
    maxAnswerBytes: 256 * 1024,
    maxConnections: 64,
    log,
  });
  const listener = createListener({
    pipeline: createPipeline(schema, []),
    upstream,
    credentials: { gatewayKey: config.UPSTREAM_SUBSCRIPTION_KEY, allowAnonymous: config.ALLOW_ANONYMOUS },
    graphiql: config.GRAPHIQL ? createGraphiQLPage() : null,
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    maxBodyBytes: 100_000,
    log,
  });
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 15_000,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      // While the server closes, a connection must not stay open for a next request.
      response.once('close', () => server.listening || server.closeIdleConnections());
      listener(request, response);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.PORT, config.HOST, resolve);
  });

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await new Promise(resolve => server.close(resolve));
    await upstream.close();
  };
  return {
    url: `http://${hostOf(server.address())}${GRAPHQL_PATH}`,
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

function hostOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}
