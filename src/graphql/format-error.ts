import type { GraphQLFormattedError } from 'graphql';
import { GraphQLError } from 'graphql';
import type { FailureCode, FailureExtensions } from '../lib/errors.ts';
import { FAILURES, Failure } from '../lib/errors.ts';
import type { Log } from '../observability/log.ts';
import { withoutSuggestion } from './plugins/introspection.ts';

/** An error as a client sees it. */
export interface PresentedError extends GraphQLFormattedError {
  readonly extensions: { readonly code: string; readonly retryable: boolean; readonly requestId: string };
}

/** Makes of anything thrown what a client may see. */
export type PresentError = (error: unknown, requestId: string) => PresentedError;

/** How errors are told. */
export interface ErrorRules {
  /** Whether GraphQL's complaints leave out which names would have been right. */
  readonly hidesSchema: boolean;
  readonly log: Log;
}

/**
 * Makes the one door every error leaves by.
 * Failures keep their code and sentence; GraphQL's own complaints about a request keep theirs; all else becomes
 * INTERNAL_SERVER_ERROR, and where it came from goes to the log.
 */
export function createErrorPresenter({ hidesSchema, log }: ErrorRules): PresentError {
  return (error, requestId) => {
    const located = error instanceof GraphQLError ? error : undefined;
    const { message, extensions } = describe(rootOf(error), located, requestId, log);
    return {
      message: hidesSchema ? withoutSuggestion(message) : message,
      ...(located?.locations === undefined ? {} : { locations: located.locations }),
      ...(located?.path === undefined ? {} : { path: located.path }),
      extensions: { ...extensions, requestId },
    };
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
  if (root instanceof GraphQLError) {
    const code = codeOf(root, located);
    const message = `${variableOf(root, located)}${root.message}`;
    return { message, extensions: { code, retryable: FAILURES[code].retryable } };
  }
  log.error({ requestId, error: withoutWords(root) }, 'unexpected error');
  return new Failure('INTERNAL_SERVER_ERROR');
}

/** GraphQL's own errors say at most which phase they come from; what fails later is an unusable variable or argument. */
function codeOf(root: GraphQLError, located: GraphQLError | undefined): FailureCode {
  const code = extensionOf(root, 'code') ?? (located && extensionOf(located, 'code'));
  return isFailureCode(code) ? code : 'BAD_USER_INPUT';
}

/** Which variable an error is about, and where in it: GraphQL says so in front of the error, but repeats the value there. */
function variableOf(root: GraphQLError, located: GraphQLError | undefined): string {
  if (located === undefined || !located.message.endsWith(root.message)) return '';
  const before = located.message.slice(0, -root.message.length);
  const name = /^Variable "\$(\w+)"/.exec(before)?.[1];
  if (name === undefined) return '';
  const place = / at "([\w.[\]]+)"; $/.exec(before)?.[1] ?? name;
  return `Variable "$${name}" has an invalid value at "${place}": `;
}

/** graphql-jit makes some of its errors without extensions, whatever their type says. */
function extensionOf(error: GraphQLError, name: string): unknown {
  const { extensions }: { extensions?: GraphQLError['extensions'] } = error;
  return extensions?.[name];
}

/** Where an error comes from, without its message: that may repeat a value. */
export function withoutWords(error: unknown): object {
  if (!(error instanceof Error)) return { thrown: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  // The message comes first in the stack, and may have lines that look like its own.
  const { message, stack = '' } = error;
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n');
  const at = frames.filter(line => line.startsWith('    at '));
  return { name: error.name, ...code, at: at.map(line => line.trim()) };
}

function isFailureCode(code: unknown): code is FailureCode {
  return typeof code === 'string' && Object.hasOwn(FAILURES, code);
}
