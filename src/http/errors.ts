import type { GraphQLFormattedError } from 'graphql';
import { GraphQLError } from 'graphql';
import type { FailureCode, FailureExtensions } from '../model/failure.ts';
import { FAILURES, Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';

/** An error as a client sees it. */
export interface PresentedError extends GraphQLFormattedError {
  readonly extensions: { readonly code: string; readonly retryable: boolean; readonly requestId: string };
}

/**
 * Makes of anything thrown what a client may see: the one door every error leaves by.
 * Failures keep their code and sentence; GraphQL's own complaints about a request keep theirs; all else becomes
 * INTERNAL_SERVER_ERROR, and what it was goes to the log.
 */
export function presentError(error: unknown, requestId: string, log: Log): PresentedError {
  const located = error instanceof GraphQLError ? error : undefined;
  const root = rootOf(error);
  const { message, extensions } = describe(root, located, requestId, log);
  return {
    message,
    ...(located?.locations === undefined ? {} : { locations: located.locations }),
    ...(located?.path === undefined ? {} : { path: located.path }),
    extensions: { ...extensions, requestId },
  };
}

/** What was thrown first, under the layers of GraphQLError that give it a place in the query. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof GraphQLError && root.originalError != null) root = root.originalError;
  return root;
}

function describe(
  root: unknown,
  located: GraphQLError | undefined,
  requestId: string,
  log: Log,
): { message: string; extensions: FailureExtensions } {
  if (root instanceof Failure) return root;
  if (root instanceof GraphQLError && root.extensions['unexpected'] !== true) {
    const code = codeOf(root, located);
    return { message: root.message, extensions: { code, retryable: FAILURES[code].retryable } };
  }
  log.error({ requestId, error: withoutWords(root) }, 'unexpected error');
  return new Failure('INTERNAL_SERVER_ERROR');
}

/** GraphQL's own errors say at most which phase they come from; what fails later is an unusable variable or argument. */
function codeOf(root: GraphQLError, located: GraphQLError | undefined): FailureCode {
  const code = root.extensions['code'] ?? located?.extensions['code'];
  return isFailureCode(code) ? code : 'BAD_USER_INPUT';
}

/** Where an error comes from, without its message: that may repeat a value. */
function withoutWords(error: unknown): object {
  if (!(error instanceof Error)) return { thrown: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const at = error.stack?.split('\n').filter(line => line.startsWith('    at ')) ?? [];
  return { name: error.name, ...code, at: at.map(line => line.trim()) };
}

function isFailureCode(code: unknown): code is FailureCode {
  return typeof code === 'string' && Object.hasOwn(FAILURES, code);
}
