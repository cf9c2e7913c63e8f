import { GraphQLError } from 'graphql';

/** One operation as GraphQL over HTTP sends it. */
export interface OperationParams {
  /** Undefined where the operation is named by a hash. */
  readonly query?: string | undefined;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
  /** The name of a trusted document: whatever the client sent. */
  readonly documentId?: unknown;
}

/** What each parameter has to be, as messages say it. */
const EXPECTED = {
  query: 'has to be a string',
  operationName: 'has to be a string',
  variables: 'have to be an object',
  extensions: 'have to be an object',
  documentId: 'may be anything',
} as const satisfies Record<keyof OperationParams, string>;

/** Reads the parameters of an operation; null stands for what was not sent. @throws GraphQLError BAD_REQUEST that says which is wrong. */
export function readParams(sent: unknown): OperationParams {
  if (!isObject(sent)) throw malformed('An operation is a JSON object with a query string. Send one.');
  for (const name in sent) {
    if (sent[name] !== null && !Object.hasOwn(EXPECTED, name)) {
      throw malformed(`An operation has ${Object.keys(EXPECTED).join(', ')}. Leave out all else.`);
    }
  }
  return {
    query: read(sent, 'query', isString),
    operationName: read(sent, 'operationName', isString),
    variables: read(sent, 'variables', isObject),
    extensions: read(sent, 'extensions', isObject),
    documentId: sent['documentId'],
  };
}

function read<T>(
  sent: Readonly<Record<string, unknown>>,
  name: keyof OperationParams,
  is: (value: unknown) => value is T,
): T | undefined {
  const value = sent[name] ?? undefined;
  if (value === undefined || is(value)) return value;
  throw malformed(`The ${name} of an operation ${EXPECTED[name]}. Send that, or nothing.`);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The error of parameters that are no operation. */
export function malformed(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
}
