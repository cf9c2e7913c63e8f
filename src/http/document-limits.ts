import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives';
import type { ValidationRule } from 'graphql';
import { GraphQLError, parse, visit } from 'graphql';
import type { Plugin } from 'graphql-yoga';

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

/** Refuses documents that are larger than a person's or an app's would be. */
export const documentLimits: readonly Plugin[] = [
  {
    onParse({ setParseFn }) {
      setParseFn((source, options) => {
        try {
          return parse(source, { ...options, maxTokens: DOCUMENT_LIMITS.tokens });
        } catch (error) {
          throw isTokenLimit(error) ? exceeded('tokens') : error;
        }
      });
    },
  },
  { onValidate: ({ addValidationRule }) => addValidationRule(whatIsWritten) },
  maxDepthPlugin({ n: DOCUMENT_LIMITS.depth, flattenFragments: true, onReject: [() => refuse('depth')] }),
  // __typename under many aliases costs as much as any other field.
  maxAliasesPlugin({ n: DOCUMENT_LIMITS.aliases, allowList: [], onReject: [() => refuse('aliases')] }),
  maxDirectivesPlugin({ n: DOCUMENT_LIMITS.directives, onReject: [() => refuse('directives')] }),
];

function isTokenLimit(error: unknown): boolean {
  return (
    error instanceof GraphQLError && error.message.includes(`more that ${DOCUMENT_LIMITS.tokens} tokens`)
  );
}

function refuse(what: keyof typeof DOCUMENT_LIMITS): never {
  throw exceeded(what);
}

function exceeded(what: keyof typeof DOCUMENT_LIMITS): GraphQLError {
  return new GraphQLError(
    `The document exceeds the limit of ${DOCUMENT_LIMITS[what]} ${what === 'depth' ? 'levels of depth' : what}. Ask for less in one request.`,
    { extensions: { code: 'LIMIT_EXCEEDED', http: { status: 400, spec: true } } },
  );
}
