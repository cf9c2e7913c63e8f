import type { ExecutionResult, GraphQLSchema } from 'graphql';
import { GraphQLError, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { YogaServer } from 'graphql-yoga';
import type { SchemaContext } from '../schema/context.ts';
import type { OperationParams } from './params.ts';
import { readParams } from './params.ts';
import type { QueryTexts } from './persisted-queries.ts';
import { persistedQueries } from './persisted-queries.ts';
import type { RequestRecord } from './request-log.ts';

/** What every operation of a request can use. */
export interface RequestContext extends SchemaContext {
  readonly record: RequestRecord;
}

/** Runs one operation as it was sent, of any shape: parse, validate, execute, with every plugin on the way. */
export type Pipeline = (sent: unknown, context: RequestContext) => Promise<ExecutionResult>;

/**
 * Makes the pipeline on graphql-yoga.
 * What Yoga does at the HTTP side is this folder's: transport, parameters, CORS and error masking; so is its cache of
 * documents. A request enters where Yoga's own way has read and checked its parameters: that way costs as much again.
 * `createYoga` would put an HTTP adapter around it, which has Node load its own undici: a tenth of a start.
 */
export function createPipeline(
  schema: GraphQLSchema,
  plugins: readonly Plugin[],
  queries: QueryTexts = persistedQueries(),
): Pipeline {
  const { getEnveloped } = new YogaServer<RequestContext & { readonly params: OperationParams }, object>({
    schema,
    plugins: [...queries.plugins, ...plugins],
    parserAndValidationCache: false,
    logging: false,
    maskedErrors: false,
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
  });
  return async (sent, { meetings, record }) => {
    try {
      const params = readParams(sent);
      const { parse, validate, contextFactory, execute } = getEnveloped({ meetings, record, params });
      const document = parse(queries.find(params));
      const errors = validate(schema, document);
      if (errors.length > 0) return { errors };
      const { operationName, variables: variableValues } = params;
      const name = getOperationAST(document, operationName)?.name?.value;
      if (name !== undefined) record.operations.push(name);
      const context = contextFactory();
      const contextValue = context instanceof Promise ? await context : context;
      return await execute({ schema, document, contextValue, variableValues, operationName });
    } catch (error) {
      return { errors: [error instanceof GraphQLError ? error : unexpected(error)] };
    }
  };
}

function unexpected(error: unknown): GraphQLError {
  return new GraphQLError('unexpected', {
    originalError: error instanceof Error ? error : new Error('thrown', { cause: error }),
  });
}
