import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import httpTransport from '@graphql-mesh/transport-http';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { GraphiQLOptions } from 'graphql-yoga';
import { credentialsOf } from '../credentials.ts';
import { dataFirst } from '../data-first.ts';
import type { Service } from '../serve.ts';
import { GRAPHQL_PATH, serve } from '../serve.ts';
import { ZOOM } from './compose.ts';

/** What a Hive gateway needs. */
export interface HiveOptions {
  readonly supergraphSdl: string;
  readonly port?: number;
  readonly graphiql?: GraphiQLOptions;
}

/** Starts the campus graph on the Hive gateway. */
export async function startHive({ supergraphSdl, port, graphiql }: HiveOptions): Promise<Service> {
  const runtime = createGatewayRuntime({
    supergraph: supergraphSdl,
    transports: { http: httpTransport },
    // On by default: callers who ask alike share one call, and the first of them to leave ends it for all.
    transportEntries: { '*.http': { options: { deduplicateInflightRequests: false } } },
    propagateHeaders: {
      fromClientToSubgraphs: ({ request, subgraphName }) =>
        subgraphName === ZOOM ? credentialsOf(name => request.headers.get(name)) : {},
    },
    // A caller who leaves takes along what is being asked of the services.
    executionCancellation: true,
    plugins: () => [dataFirst],
    graphqlEndpoint: GRAPHQL_PATH,
    landingPage: false,
    renderGraphiQL,
    graphiql: graphiql ?? false,
    logging: 'error',
  });
  const service = await serve(runtime, port);
  return {
    url: service.url,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await runtime[Symbol.asyncDispose]();
    },
  };
}
