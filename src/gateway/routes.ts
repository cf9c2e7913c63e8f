import * as jit from 'graphql-jit';
import type { IdentifyCaller } from '../auth/caller.ts';
import type { CredentialRules } from '../auth/credentials.ts';
import { readCaller } from '../auth/credentials.ts';
import type { CheckToken } from '../auth/token-rules.ts';
import type { LiveSettings } from '../config/live-settings.ts';
import type { Config } from '../config/settings.ts';
import { createExecutor } from '../graphql/execute.ts';
import { createErrorFormatter } from '../graphql/format-error.ts';
import type { HandlerOptions } from '../graphql/handler.ts';
import { createHandler } from '../graphql/handler.ts';
import { useDocumentRules } from '../graphql/plugins/document-cache.ts';
import { documentLimits } from '../graphql/plugins/document-limits.ts';
import { noIntrospection } from '../graphql/plugins/introspection.ts';
import { useJit } from '../graphql/plugins/jit.ts';
import type { OperationStore, TrustedDocuments } from '../graphql/plugins/persisted-operations.ts';
import { createAutomaticStore, createTrustedStore } from '../graphql/plugins/persisted-operations.ts';
import type { Observer } from '../observability/observer.ts';
import { clientSchema, schema } from '../schema/index.ts';
import type { Cors } from '../server/cors.ts';
import { acceptsHtml, createGraphiQLHandler } from '../server/graphiql/page.ts';
import { health } from '../server/health.ts';
import type { HttpHandler } from '../server/http-message.ts';
import { isLocal } from '../server/preflight.ts';
import type { Route } from '../server/router.ts';
import { graphiqlOptions } from './graphiql-options.ts';

/** The paths of all routes: metrics have them as labels. */
export const PATHS = {
  /** Leads a browser to GraphiQL. */
  root: '/',
  graphql: '/graphql',
  /** Where the process reports that it is alive. */
  health: '/health',
} as const;

/** What the routes work with. */
export interface RouteOptions {
  readonly config: Config;
  readonly live: LiveSettings<TrustedDocuments>;
  readonly createLoaders: HandlerOptions['createLoaders'];
  readonly isAccepted: HandlerOptions['isAccepted'];
  readonly checkToken: CheckToken;
  readonly identify: IdentifyCaller;
  readonly cors: Cors;
  readonly observer: Observer;
}

/** Creates the routes of the gateway, with their handlers. */
export function createRoutes(options: RouteOptions): Route[] {
  const { config, cors } = options;
  const graphiql: Route[] = [
    {
      path: PATHS.graphql,
      method: 'GET',
      accepts: acceptsHtml,
      handler: createGraphiQLHandler(graphiqlOptions(config)),
    },
    {
      path: PATHS.root,
      method: 'GET',
      handler: () => ({ status: 302, headers: { Location: PATHS.graphql }, body: '' }),
    },
  ];
  const graphql = createGraphQLHandler(options);
  return [
    { path: PATHS.graphql, method: 'POST', handler: graphql },
    ...(config.GRAPHIQL ? graphiql : []),
    { path: PATHS.graphql, method: 'GET', handler: graphql },
    {
      path: PATHS.graphql,
      method: 'OPTIONS',
      accepts: ({ headers }) => cors.isPreflight(headers),
      handler: () => cors.preflightResponse(),
    },
    { path: PATHS.health, method: 'GET', handler: health },
  ];
}

function createGraphQLHandler(options: RouteOptions): HttpHandler {
  const { config, live, createLoaders, isAccepted, cors, observer } = options;
  const showsSchema = config.GRAPHIQL || config.INTROSPECTION;
  const rules = [...documentLimits, ...(showsSchema ? [] : [noIntrospection])];
  const credentials = credentialRules(options);
  return createHandler({
    execute: createExecutor(
      schema,
      [useDocumentRules(rules), useJit(jit)],
      createOperationStore(live),
      clientSchema,
    ),
    formatError: createErrorFormatter({ hidesSchema: !showsSchema, observer }),
    authenticate: (rawHeaders, signal) => readCaller(rawHeaders, credentials, signal),
    createLoaders,
    isAccepted,
    batchLimit: config.BATCH_LIMIT,
    allowSimpleGet: headers => config.ALLOW_SIMPLE_GET && (isLocal(headers) || cors.isListed(headers.origin)),
  });
}

function credentialRules({ config, live, checkToken, identify }: RouteOptions): CredentialRules {
  return {
    get gatewayKey() {
      return live.subscriptionKey;
    },
    allowAnonymous: config.ALLOW_ANONYMOUS,
    verifiesTokens: config.JWT_JWKS_URL !== null,
    identify,
    checkToken,
  };
}

/** Whether there is a manifest is decided once; what it has can change. */
function createOperationStore(live: RouteOptions['live']): OperationStore {
  const { trusted: first } = live;
  return first === null ? createAutomaticStore() : createTrustedStore(() => live.trusted ?? first);
}
