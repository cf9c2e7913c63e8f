import type { GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { GraphQLFormattedError } from 'graphql';
import { GraphQLError } from 'graphql';
import type { GraphiQLOptions } from 'graphql-yoga';
import { credentialsOf } from '../credentials.ts';
import type { Service } from '../serve.ts';
import { GRAPHQL_PATH } from '../serve.ts';
import { ZOOM } from './compose.ts';

type FetcherResponse = Parameters<RemoteGraphQLDataSource['errorFromResponse']>[0];

/** The credentials of one caller of the campus graph. */
interface CampusContext {
  readonly credentials: Readonly<Record<string, string>>;
}

/** What an Apollo Gateway needs. */
export interface ApolloOptions {
  readonly supergraphSdl: string;
  readonly port?: number;
  readonly graphiql?: GraphiQLOptions;
}

/** Starts the campus graph on Apollo Gateway and Apollo Server. */
export async function startApollo({ supergraphSdl, port = 0, graphiql }: ApolloOptions): Promise<Service> {
  const gateway = new ApolloGateway({
    supergraphSdl,
    buildService: ({ name, url = '' }) =>
      name === ZOOM ? new ZoomSource({ url }) : new PlainSource({ url }),
  });
  const server = new ApolloServer<CampusContext>({
    gateway,
    includeStacktraceInErrorResponses: false,
    // By default it writes the errors first; a person wants to see the meetings first.
    stringifyResult: ({ data, ...others }) => JSON.stringify({ data, ...others }),
    // By default it ends the process by itself at a signal, before that has stopped what else it started.
    stopOnTerminationSignals: false,
    // Its own page comes from another host.
    plugins: [graphiql ? showGraphiQL(graphiql) : ApolloServerPluginLandingPageDisabled()],
  });
  const { url } = await startStandaloneServer(server, {
    listen: { host: '127.0.0.1', port },
    context: async ({ req }) => ({ credentials: credentialsOf(name => req.headers[name]) }),
  });
  return { url: new URL(GRAPHQL_PATH, url).href, [Symbol.asyncDispose]: () => server.stop() };
}

/** Shows GraphiQL to browsers. */
function showGraphiQL(options: GraphiQLOptions): ApolloServerPlugin {
  const html = renderGraphiQL({ ...options, endpoint: GRAPHQL_PATH });
  return { serverWillStart: async () => ({ renderLandingPage: async () => ({ html }) }) };
}

/** A service that is asked without credentials. */
class PlainSource extends RemoteGraphQLDataSource<CampusContext> {
  /** What the service says, with its code; by default that is lost, and the caller is told where the service is. */
  override async errorFromResponse(response: FetcherResponse): Promise<GraphQLError> {
    const body: { errors?: readonly GraphQLFormattedError[] } = Object(await this.parseBody(response));
    const [error] = body.errors ?? [];
    return new GraphQLError(error?.message ?? 'A service failed.', { extensions: error?.extensions ?? null });
  }
}

/** The gateway, asked with the credentials of the caller. */
class ZoomSource extends PlainSource {
  override willSendRequest({ request, context }: GraphQLDataSourceProcessOptions<CampusContext>): void {
    // What the gateway asks on its own account has no caller.
    const { credentials = {} }: Partial<CampusContext> = context;
    for (const [name, value] of Object.entries(credentials)) request.http?.headers.set(name, value);
  }
}
