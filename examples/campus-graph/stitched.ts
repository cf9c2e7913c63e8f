import { readFile } from 'node:fs/promises';
import { buildHTTPExecutor } from '@graphql-tools/executor-http';
import { stitchSchemas } from '@graphql-tools/stitch';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { GraphQLSchema } from 'graphql';
import { buildSchema } from 'graphql';
import type { YogaInitialContext } from 'graphql-yoga';
import { createYoga, useExecutionCancellation } from 'graphql-yoga';
import type { CampusOptions } from './campus.ts';
import { credentialsOf } from './credentials.ts';
import { dataFirst } from './data-first.ts';
import { MODULE_SDL } from './module-service.ts';
import type { Service } from './serve.ts';
import { GRAPHQL_PATH, serve } from './serve.ts';

/** The schema the gateway publishes. From a file, the graph also starts while the gateway is away or hides it. */
const GATEWAY_SDL = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8');

/** What a stitched campus graph is made of. */
export interface StitchedOptions extends CampusOptions {
  /** Most meetings in one request to the gateway; by default all of a level. */
  readonly maxBatchSize?: number;
}

/** Starts the campus graph, stitched: the modules of one service with the meetings of the gateway. */
export async function startStitched(options: StitchedOptions): Promise<Service> {
  const yoga = createYoga({
    schema: stitch(options),
    // A caller who leaves takes along what is being asked of the services.
    plugins: [useExecutionCancellation(), dataFirst],
    graphqlEndpoint: GRAPHQL_PATH,
    cors: false,
    landingPage: false,
    renderGraphiQL,
    graphiql: options.graphiql ?? false,
  });
  return await serve(yoga, options.port);
}

function stitch({ gatewayUrl, modulesUrl, maxBatchSize }: StitchedOptions): GraphQLSchema {
  return stitchSchemas<YogaInitialContext>({
    subschemas: [
      {
        schema: buildSchema(MODULE_SDL),
        executor: buildHTTPExecutor({ endpoint: modulesUrl, deduplicateInflightRequests: false }),
        batch: true,
      },
      {
        schema: buildSchema(GATEWAY_SDL),
        executor: buildHTTPExecutor({
          endpoint: gatewayUrl,
          headers: request => credentialsOf(name => request?.context.request.headers.get(name)),
          // On by default: callers who ask alike share one call, and the first of them to leave ends it for all.
          deduplicateInflightRequests: false,
        }),
        // What one query asks under several names is one HTTP request still; parts of a level have one each.
        batch: maxBatchSize === undefined,
        merge: {
          ZoomMeeting: {
            selectionSet: '{ id }',
            fieldName: 'syncMeetings',
            key: ({ id }) => id,
            argsFromKeys: ids => ({ ids }),
            // More meetings than MAX_MEETINGS_PER_REQUEST are asked for in parts of this size.
            ...(maxBatchSize === undefined ? {} : { dataLoaderOptions: { maxBatchSize } }),
            // No valuesFromResults: what comes back is in the order asked, null where a meeting failed.
          },
        },
      },
    ],
  });
}
