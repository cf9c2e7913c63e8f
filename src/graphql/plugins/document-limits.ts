import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import type { DocumentNode, ValidationRule } from 'graphql';
import { GraphQLError, TokenKind, visit } from 'graphql';
import { introspectionFields } from './introspection.ts';

/** Limits on one document. */
export const DOCUMENT_LIMITS = {
  /** Counted by the parser, before anything is validated. */
  tokens: 1_000,
  /** Levels of fields; what is below `__schema` is not counted. */
  depth: 10,
  /** As they are written, in operations and fragments: a field that is repeated has to be compared with each other one. */
  fields: 400,
  aliases: 30,
  /** graphql-cop reports ten as overloading. */
  directives: 5,
  /** Introspection fields as they are written. The value of each may be as large as the schema. */
  introspection: 3,
  /** Characters of each name: the path of every error repeats them. */
  nameCharacters: 100,
  /** The location of every error is found by scanning them all. */
  lines: 2_000,
} as const;

/** What each limit counts, as messages name it. */
const COUNTED: Readonly<Record<keyof typeof DOCUMENT_LIMITS, string>> = {
  tokens: 'tokens',
  depth: 'levels of depth',
  fields: 'fields',
  aliases: 'aliases',
  directives: 'directives',
  introspection: 'introspection fields',
  nameCharacters: 'characters in a name',
  lines: 'lines',
};

/** What a client should do about a limit, where asking for less does not help. */
const ADVICE: Partial<typeof COUNTED> = {
  nameCharacters: 'Use shorter names and aliases.',
  lines: 'Leave out the empty ones.',
};

/** Counts nodes as they are written, in every part of the document. armor's rules skip variable definitions, and count the second spread of a fragment as empty. */
const writtenNodeCount: ValidationRule = () => ({
  Document(document) {
    if (introspectionFields(document) > DOCUMENT_LIMITS.introspection) refuse('introspection');
    const counts = { fields: 0, directives: 0 };
    const count = (what: keyof typeof counts): void => {
      counts[what] += 1;
      if (counts[what] > DOCUMENT_LIMITS[what]) refuse(what);
    };
    visit(document, { Field: () => count('fields'), Directive: () => count('directives') });
  },
});

/** Refuses aliases in introspection: at each level they would multiply the levels below. */
const noAliasesInIntrospection: ValidationRule = context => ({
  Field(node) {
    const parent = context.getParentType()?.name ?? '';
    if (!node.alias || !(parent.startsWith('__') || parent === '_Service')) return;
    context.reportError(
      new GraphQLError('Fields of introspection take no alias here. Leave it out.', { nodes: node }),
    );
  },
});

/** Refuses documents that are larger than a person's or an app's would be; tokens are counted by the parser. */
export const documentLimits: readonly ValidationRule[] = [
  writtenNodeCount,
  noAliasesInIntrospection,
  maxDepthRule({ n: DOCUMENT_LIMITS.depth, flattenFragments: true, onReject: [() => refuse('depth')] }),
  // __typename under many aliases costs as much as any other field.
  maxAliasesRule({ n: DOCUMENT_LIMITS.aliases, allowList: [], onReject: [() => refuse('aliases')] }),
  maxDirectivesRule({ n: DOCUMENT_LIMITS.directives, onReject: [() => refuse('directives')] }),
];

/**
 * Checks how much the errors of a document could cost by its text alone, before anything is validated.
 * @throws GraphQLError LIMIT_EXCEEDED for a name or a number of lines beyond the limit.
 */
export function checkText({ loc }: DocumentNode): void {
  if (loc === undefined) return;
  if (loc.endToken.line > DOCUMENT_LIMITS.lines) refuse('lines');
  for (let token = loc.startToken; token.next !== null; token = token.next) {
    if (token.kind === TokenKind.NAME && token.value.length > DOCUMENT_LIMITS.nameCharacters) {
      refuse('nameCharacters');
    }
  }
}

/** Tells whether the parser stopped at the limit of tokens. */
export function isTokenLimit(error: unknown): boolean {
  return (
    error instanceof GraphQLError && error.message.includes(`more that ${DOCUMENT_LIMITS.tokens} tokens`)
  );
}

function refuse(what: keyof typeof DOCUMENT_LIMITS): never {
  throw exceeded(what);
}

/** The error of a document that is refused. */
export function exceeded(what: keyof typeof DOCUMENT_LIMITS): GraphQLError {
  return new GraphQLError(
    `The document exceeds the limit of ${DOCUMENT_LIMITS[what]} ${COUNTED[what]}. ${ADVICE[what] ?? 'Ask for less in one request.'}`,
    { extensions: { code: 'LIMIT_EXCEEDED', http: { status: 400, spec: true } } },
  );
}
