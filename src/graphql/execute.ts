import type { ExecutionResult, GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import { GraphQLError, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { YogaServer } from 'graphql-yoga';
import { Failure } from '../lib/errors.ts';
import type { SchemaContext } from '../schema/context.ts';
import type { RequestRecord } from '../server/request-record.ts';
import { readParams } from './params.ts';
import type { QueryTexts, Registration } from './plugins/persisted-operations.ts';
import { persistedQueries } from './plugins/persisted-operations.ts';

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
  const { getEnveloped } = new YogaServer<RequestContext & Registration, object>({
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
  return async (sent, request) => {
    try {
      const { record, meetings } = request;
      const params = readParams(sent);
      const text = queries.find(params);
      if (params.query === undefined) record.bytes += text.length;
      const { parse, validate, contextFactory, execute } = getEnveloped({
        ...request,
        params,
        mayRegister: !(meetings instanceof Failure),
      });
      const document = parse(text);
      const errors = validate(schema, document);
      if (errors.length > 0) return { errors };
      const { operationName, variables: variableValues } = params;
      const operation = getOperationAST(document, operationName);
      if (!operation) throw unresolved();
      if (operation.name) record.operations.push(operation.name.value);
      const context = contextFactory();
      const contextValue = context instanceof Promise ? await context : context;
      return await execute({ schema, document, contextValue, variableValues, operationName, fieldResolver });
    } catch (error) {
      return { errors: [error instanceof GraphQLError ? error : unexpected(error)] };
    }
  };
}

/** graphql's default resolver, but for errors: an operation has only so many. */
function fieldResolver(
  source: Readonly<Record<string, unknown>>,
  _args: object,
  { errors }: SchemaContext,
  { fieldName }: GraphQLResolveInfo,
): unknown {
  return errors.valueOf(source[fieldName]);
}

function unresolved(): GraphQLError {
  const { message, extensions } = new Failure('OPERATION_RESOLUTION_FAILURE');
  return new GraphQLError(message, { extensions: { ...extensions, http: { status: 400, spec: true } } });
}

function unexpected(error: unknown): GraphQLError {
  return new GraphQLError('unexpected', {
    originalError: error instanceof Error ? error : new Error('thrown', { cause: error }),
  });
}
