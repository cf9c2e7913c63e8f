import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import type { ValidationRule } from 'graphql';
import { GraphQLError, visit } from 'graphql';

/** What one document may hold. */
export const DOCUMENT_LIMITS = {
  /** Counted by the parser, before anything is validated. */
  tokens: 1_000,
  /** Levels of fields; what is below `__schema` is not counted. */
  depth: 10,
  /** As they are written, in operations and fragments: a field that is repeated has to be compared with each other one. */
  fields: 400,
  aliases: 30,
  directives: 10,
} as const;

/** Counts what is written, wherever it stands. armor's rules see no variable definition, and a fragment's second spread as bare. */
const whatIsWritten: ValidationRule = () => ({
  Document(document) {
    const counts = { fields: 0, directives: 0 };
    const count = (what: keyof typeof counts): void => {
      counts[what] += 1;
      if (counts[what] > DOCUMENT_LIMITS[what]) refuse(what);
    };
    visit(document, { Field: () => count('fields'), Directive: () => count('directives') });
  },
});

/** Refuses documents that are larger than a person's or an app's would be; tokens are counted by the parser. */
export const documentLimits: readonly ValidationRule[] = [
  whatIsWritten,
  maxDepthRule({ n: DOCUMENT_LIMITS.depth, flattenFragments: true, onReject: [() => refuse('depth')] }),
  // __typename under many aliases costs as much as any other field.
  maxAliasesRule({ n: DOCUMENT_LIMITS.aliases, allowList: [], onReject: [() => refuse('aliases')] }),
  maxDirectivesRule({ n: DOCUMENT_LIMITS.directives, onReject: [() => refuse('directives')] }),
];

/** Tells whether the parser gave up for the number of tokens. */
export function isTokenLimit(error: unknown): boolean {
  return (
    error instanceof GraphQLError && error.message.includes(`more that ${DOCUMENT_LIMITS.tokens} tokens`)
  );
}

function refuse(what: keyof typeof DOCUMENT_LIMITS): never {
  throw exceeded(what);
}

/** What a document is refused with. */
export function exceeded(what: keyof typeof DOCUMENT_LIMITS): GraphQLError {
  return new GraphQLError(
    `The document exceeds the limit of ${DOCUMENT_LIMITS[what]} ${what === 'depth' ? 'levels of depth' : what}. Ask for less in one request.`,
    { extensions: { code: 'LIMIT_EXCEEDED', http: { status: 400, spec: true } } },
  );
}
