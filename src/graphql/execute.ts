import type { DocumentNode, ExecutionResult, GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import { GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { YogaServer } from 'graphql-yoga';
import { GatewayError } from '../lib/errors.ts';
import { usesFederation } from '../schema/client-schema.ts';
import type { SchemaContext } from '../schema/context.ts';
import { readParams } from './params.ts';
import { DocumentCache } from './plugins/document-cache.ts';
import { DOCUMENT_LIMITS, exceeded } from './plugins/document-limits.ts';
import { introspectionFields } from './plugins/introspection.ts';
import type { OperationStore } from './plugins/persisted-operations.ts';
import { createAutomaticStore } from './plugins/persisted-operations.ts';

/** What came of an operation. */
export interface Execution {
  readonly result: ExecutionResult;
  /** The name of the operation that was executed; null where it has none, or none was executed. */
  readonly operationName: string | null;
  /** `query`, `mutation` or `subscription`; null where none was executed. */
  readonly operationType: string | null;
  /** The length of the stored text that a hash stood for; 0 where the request has the text itself. */
  readonly storedLength: number;
}

/**
 * Executes one operation: its parameters, of any shape, are read, and its text is parsed, validated and executed, with
 * every plugin on the way. It does not reject: what goes wrong is in the errors of the result.
 */
export type Execute = (params: unknown, context: ExecuteContext) => Promise<Execution>;

/** What an operation is executed with. */
export interface ExecuteContext extends SchemaContext {
  readonly introspection: IntrospectionAllowance;
  /** Whether an operation that is no query is refused with 405, as GraphQL over HTTP demands of GET. */
  readonly queriesOnly: boolean;
  /** Tells whether the operation may evict others from where texts and documents are kept. */
  readonly mayRegister: () => boolean;
}

const NOT_EXECUTED = { operationName: null, operationType: null };

/** How many more introspection fields may be executed: one count for all operations of an HTTP request. */
export interface IntrospectionAllowance {
  left: number;
}

/** The whole allowance of an HTTP request: as many as one document may have. */
export function createIntrospectionAllowance(): IntrospectionAllowance {
  return { left: DOCUMENT_LIMITS.introspection };
}

/**
 * Creates the executor of operations, on the plugin pipeline of graphql-yoga.
 * Everything that Yoga does for HTTP (transport, parameters, CORS, error masking) is done elsewhere; so is its cache of
 * documents. An operation enters the pipeline after Yoga's own reading and checking of parameters, which costs as much
 * again. `createYoga` would put an HTTP adapter around it, which loads Node's own undici: a tenth of the time to start.
 * @param clientSchema the schema that introspection shows; by default the whole one.
 */
export function createExecutor(
  wholeSchema: GraphQLSchema,
  plugins: readonly Plugin[],
  store: OperationStore = createAutomaticStore(),
  clientSchema: () => GraphQLSchema = () => wholeSchema,
): Execute {
  const { getEnveloped } = new YogaServer<SchemaContext, object>({
    schema: wholeSchema,
    plugins: [...plugins],
    parserAndValidationCache: false,
    logging: false,
    maskedErrors: false,
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
  });
  const documents = new DocumentCache();
  return async (sent, { loaders, errors, introspection, mayRegister, queriesOnly }) => {
    let executed: Pick<Execution, 'operationName' | 'operationType'> = NOT_EXECUTED;
    let storedLength = 0;
    try {
      const params = readParams(sent);
      const text = store.find(params);
      if (params.query === undefined) storedLength = text.length;
      const { parse, validate, contextFactory, execute } = getEnveloped({ loaders, errors });
      const known = documents.find(text, mayRegister);
      const document = known ?? parse(text);
      const schema = showsSchema(document) ? clientSchema() : wholeSchema;
      const operation = getOperationAST(document, params.operationName);
      if (queriesOnly && operation && operation.operation !== OperationTypeNode.QUERY) throw notByGet();
      if (known === undefined) {
        const invalid = validate(schema, document);
        if (invalid.length > 0) return { result: { errors: invalid }, ...executed, storedLength };
        documents.add(text, document, mayRegister);
      }
      if (!operation) throw unresolved();
      if (!schema.getRootType(operation.operation)) throw noSuchType(operation.operation);
      introspection.left -= introspectionFields(document);
      if (introspection.left < 0) throw exceeded('introspection');
      executed = { operationName: operation.name?.value ?? null, operationType: operation.operation };
      const context = contextFactory();
      const contextValue = context instanceof Promise ? await context : context;
      const result = await execute({
        schema,
        document,
        contextValue,
        variableValues: params.variables,
        operationName: params.operationName,
        fieldResolver,
      });
      store.register(params, mayRegister);
      return { result, ...executed, storedLength };
    } catch (error) {
      const located = error instanceof GraphQLError ? error : unexpected(error);
      return { result: { errors: [located] }, ...executed, storedLength };
    }
  };
}

/** Whether a document asks for the schema and names nothing that only federation routers use. */
function showsSchema(document: DocumentNode): boolean {
  return introspectionFields(document) > 0 && !usesFederation(document);
}

/** graphql's default resolver, except that the number of errors in a response is limited. */
function fieldResolver(
  source: Readonly<Record<string, unknown>>,
  _args: object,
  { errors }: SchemaContext,
  { fieldName }: GraphQLResolveInfo,
): unknown {
  return errors.unwrap(source[fieldName]);
}

function unresolved(): GraphQLError {
  const { message, extensions } = new GatewayError('OPERATION_RESOLUTION_FAILURE');
  return new GraphQLError(message, { extensions: { ...extensions, http: { status: 400, spec: true } } });
}

/** Validation passes over an operation of a type that the schema does not have. */
function noSuchType(type: OperationTypeNode): GraphQLError {
  return new GraphQLError(`There is no ${type} here. Send a query.`, {
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400, spec: true } },
  });
}

function notByGet(): GraphQLError {
  return new GraphQLError('Only queries are executed by GET. Send the operation by POST.', {
    extensions: { code: 'BAD_REQUEST', http: { status: 405 } },
  });
}

function unexpected(error: unknown): GraphQLError {
  return new GraphQLError('unexpected', {
    originalError: error instanceof Error ? error : new Error('thrown', { cause: error }),
  });
}
