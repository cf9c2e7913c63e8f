import type { IncomingHttpHeaders } from 'node:http';
import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createRequire } from 'node:module';
import type { AugmentedRequest, DataSourceConfig } from '@apollo/datasource-rest';
import { RESTDataSource } from '@apollo/datasource-rest';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import type { Meeting } from '../../sandbox/meeting.ts';
import { CONNECTIONS, PORT, pathOf, TOKEN_RULES, UPSTREAM_URL } from './environment.ts';
import { resolversFor, typeDefs } from './schema.ts';

type Fetch = NonNullable<DataSourceConfig['fetch']>;

/** The data source's own default, which would close the connection after each call unless it is given an agent. */
const nodeFetch: (url: string, init: object) => ReturnType<Fetch> = createRequire(import.meta.url)(
  'node-fetch',
);
const AgentOfScheme = UPSTREAM_URL.startsWith('https:') ? HttpsAgent : Agent;
const agent = new AgentOfScheme({ keepAlive: true, maxSockets: CONNECTIONS });
const fetchKeepingAlive: Fetch = (url, init) => nodeFetch(url, { ...init, agent });

class LuminusApi extends RESTDataSource {
  override baseURL = UPSTREAM_URL;
  readonly #headers: IncomingHttpHeaders;

  constructor(headers: IncomingHttpHeaders) {
    super({ fetch: fetchKeepingAlive });
    this.#headers = headers;
  }

  override willSendRequest(_path: string, { headers }: AugmentedRequest): void {
    headers['authorization'] = this.#headers.authorization ?? '';
    headers['ocp-apim-subscription-key'] = String(this.#headers['ocp-apim-subscription-key']);
  }

  sync(id: string): Promise<Meeting> {
    return this.get(pathOf(id));
  }
}

/** Apollo Server with our schema and @apollo/datasource-rest, as their documentation puts them together. */
const server = new ApolloServer({
  typeDefs,
  resolvers: resolversFor<{ api: LuminusApi }>((id, { api }) => api.sync(id)),
});
const checkToken =
  TOKEN_RULES === null ? null : (await import('./apollo-tokens.ts')).createTokenCheck(TOKEN_RULES);
await startStandaloneServer(server, {
  listen: { port: PORT, host: '127.0.0.1' },
  context: async ({ req }) => {
    if (checkToken !== null) await checkToken(req.headers.authorization);
    return { api: new LuminusApi(req.headers) };
  },
});
