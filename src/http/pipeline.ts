import type { ExecutionResult, GraphQLSchema } from 'graphql';
import { getOperationAST } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { createYoga } from 'graphql-yoga';
import type { SchemaContext } from '../schema/context.ts';
import type { RequestRecord } from './request-log.ts';

/** What every operation of a request can use. */
export interface RequestContext extends SchemaContext {
  readonly record: RequestRecord;
}

/** Runs one operation: parse, validate, execute, with every plugin on the way. */
export type Pipeline = (params: GraphQLParams, context: RequestContext) => Promise<ExecutionResult>;

/** Plugins look at a request's method alone: every operation comes by POST. */
const POST = new Request('http://gateway.invalid/graphql', { method: 'POST' });

/**
 * Makes the pipeline on graphql-yoga.
 * What Yoga does by default at the HTTP side is off: transport, CORS and error masking are this folder's, and so is its
 * cache of documents.
 */
export function createPipeline(schema: GraphQLSchema, plugins: readonly Plugin[]): Pipeline {
  const { getResultForParams } = createYoga<RequestContext>({
    schema,
    plugins: [...plugins, noteOperation],
    parserAndValidationCache: false,
    // Of trusted documents.
    extraParamNames: ['documentId'],
    logging: false,
    maskedErrors: false,
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
  });
  return async (params, context) => {
    const result = await getResultForParams({ params, request: POST }, { ...context });
    if (result === undefined || Symbol.asyncIterator in result)
      throw new Error('the schema has no streamed results');
    return result;
  };
}

const noteOperation: Plugin<RequestContext> = {
  onExecute({ args: { document, operationName, contextValue } }) {
    const name = getOperationAST(document, operationName)?.name?.value;
    if (name !== undefined) contextValue.record.operations.push(name);
  },
};
