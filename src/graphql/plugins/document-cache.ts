import type { DocumentNode, GraphQLSchema, ValidationRule } from 'graphql';
import { GraphQLError, parse } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import { checkText, DOCUMENT_LIMITS, exceeded, isTokenLimit } from './document-limits.ts';

/** How many parsed documents are kept; at 1,000 tokens each takes up to half a megabyte. */
const MAX_DOCUMENTS = 100;

/**
 * Parses each text once and validates each document once, for as long as it is kept; what fails is not kept.
 * It replaces Yoga's own cache, whose key holds the names of all rules at every request.
 * @param rules validation rules beside those of the specification.
 */
export function useDocumentCache(rules: readonly ValidationRule[]): Plugin {
  const parsed = new LRUCache<string, DocumentNode>({ max: MAX_DOCUMENTS });
  const valid = new WeakMap<DocumentNode, GraphQLSchema>();
  return {
    onParse({ params: { source }, setParsedDocument, setParseFn }) {
      const text = typeof source === 'string' ? source : source.body;
      const known = parsed.get(text);
      if (known) return setParsedDocument(known);
      setParseFn((_source, options) => parseWithinLimit(text, options));
    },
    onValidate({ params: { schema, documentAST }, addValidationRule, setResult }) {
      if (valid.get(documentAST) === schema) {
        setResult([]);
        return;
      }
      for (const rule of rules) addValidationRule(rule);
      return ({ valid: isValid }) => {
        if (!isValid) return;
        valid.set(documentAST, schema);
        if (documentAST.loc) parsed.set(documentAST.loc.source.body, documentAST);
      };
    },
  };
}

function parseWithinLimit(text: string, options: object): DocumentNode {
  try {
    const document = parse(text, { ...options, maxTokens: DOCUMENT_LIMITS.tokens });
    checkText(document);
    return document;
  } catch (error) {
    if (isTokenLimit(error)) throw exceeded('tokens');
    if (error instanceof GraphQLError && error.extensions['code'] === undefined) {
      Object.assign(error.extensions, { code: 'GRAPHQL_PARSE_FAILED', http: { status: 400, spec: true } });
    }
    throw error;
  }
}
