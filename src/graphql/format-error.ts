import type { GraphQLFormattedError } from 'graphql';
import { GraphQLError } from 'graphql';
import type { ErrorCode, ErrorExtensions } from '../lib/errors.ts';
import { ERRORS, GatewayError } from '../lib/errors.ts';
import type { RequestIdentity } from '../lib/request-context.ts';
import type { Observer } from '../observability/observer.ts';
import { withoutSuggestion } from './plugins/introspection.ts';

/** An error as a client sees it. */
export interface FormattedError extends GraphQLFormattedError {
  readonly extensions: { readonly code: ErrorCode; readonly retryable: boolean; readonly requestId: string };
}

/** Makes of anything thrown what a client may see. */
export type FormatError = (error: unknown, request: RequestIdentity) => FormattedError;

/** How errors are formatted. */
export interface FormatOptions {
  /** Whether the suggestions of correct names are removed from the messages of GraphQL's own errors. */
  readonly hidesSchema: boolean;
  readonly observer: Observer;
}

/**
 * Creates the formatter of every error of an operation.
 * GatewayErrors keep their code and message; GraphQL's own errors about a request keep theirs; all else becomes
 * INTERNAL_SERVER_ERROR, and observers are notified of it.
 */
export function createErrorFormatter({ hidesSchema, observer }: FormatOptions): FormatError {
  return (error, request) => {
    const located = error instanceof GraphQLError ? error : undefined;
    const { message, extensions } = clientView(rootOf(error), located, request, observer);
    return {
      message: hidesSchema ? withoutSuggestion(message) : message,
      ...(located?.locations === undefined ? {} : { locations: located.locations }),
      ...(located?.path === undefined ? {} : { path: located.path }),
      extensions: { ...extensions, requestId: request.requestId },
    };
  };
}

/** The original error, below the layers of GraphQLError that add its location in the query. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof GraphQLError && root.originalError != null) root = root.originalError;
  return root;
}

function clientView(
  root: unknown,
  located: GraphQLError | undefined,
  { requestId, trace }: RequestIdentity,
  observer: Observer,
): { message: string; extensions: ErrorExtensions } {
  if (root instanceof GatewayError) return root;
  if (root instanceof GraphQLError) {
    const code = codeOf(root, located);
    const message = `${variableOf(root, located)}${root.message}`;
    return { message, extensions: { code, retryable: ERRORS[code].retryable } };
  }
  observer.unexpectedError({ requestId, trace, error: root });
  return new GatewayError('INTERNAL_SERVER_ERROR');
}

/** GraphQL's own errors say at most which phase they come from; what fails later is an unusable variable or argument. */
function codeOf(root: GraphQLError, located: GraphQLError | undefined): ErrorCode {
  const code = extensionOf(root, 'code') ?? (located && extensionOf(located, 'code'));
  return isErrorCode(code) ? code : 'BAD_USER_INPUT';
}

/** Which variable an error is about, and where in it: GraphQL says so in front of the error, but repeats the value there. */
function variableOf(root: GraphQLError, located: GraphQLError | undefined): string {
  if (located === undefined || !located.message.endsWith(root.message)) return '';
  const before = located.message.slice(0, -root.message.length);
  const name = /^Variable "\$(\w+)"/.exec(before)?.[1];
  if (name === undefined) return '';
  const location = / at "([\w.[\]]+)"; $/.exec(before)?.[1] ?? name;
  return `Variable "$${name}" has an invalid value at "${location}": `;
}

/** graphql-jit makes some of its errors without extensions, whatever their type says. */
function extensionOf(error: GraphQLError, name: string): unknown {
  const { extensions }: { extensions?: GraphQLError['extensions'] } = error;
  return extensions?.[name];
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}
