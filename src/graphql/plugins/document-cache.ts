import type { DocumentNode, ValidationRule } from 'graphql';
import { GraphQLError, parse } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import { checkText, DOCUMENT_LIMITS, exceeded, isTokenLimit } from './document-limits.ts';

/** How many parsed documents are kept; at 1,000 tokens each takes up to half a megabyte. */
export const MAX_DOCUMENTS = 80;

/** How many beside them are kept of callers whom the upstream has not accepted. */
export const MAX_UNACCEPTED = 20;

/**
 * The documents of one schema that were parsed and found valid, by their texts. What fails is not kept. It stands in front of the
 * plugins: Yoga's own cache, and a plugin in its place, would have all hooks of parsing and validating run for every request.
 *
 * A document of callers whom the upstream has not accepted, who may be anybody, takes the place only of another such.
 */
export class DocumentCache {
  readonly #documents = new LRUCache<string, DocumentNode>({ max: MAX_DOCUMENTS });
  readonly #unaccepted = new LRUCache<string, DocumentNode>({ max: MAX_UNACCEPTED });

  /** Finds a document. @param isAccepted tells whether the upstream has accepted the caller. */
  find(text: string, isAccepted: () => boolean): DocumentNode | undefined {
    const known = this.#documents.get(text);
    if (known !== undefined) return known;
    const document = this.#unaccepted.get(text);
    if (document !== undefined && isAccepted()) {
      this.#unaccepted.delete(text);
      this.#documents.set(text, document);
    }
    return document;
  }

  /** Keeps a document. @param isAccepted tells whether the upstream has accepted the caller. */
  add(text: string, document: DocumentNode, isAccepted: () => boolean): void {
    const documents = isAccepted() ? this.#documents : this.#unaccepted;
    documents.set(text, document);
  }
}

/**
 * Parses within the limits of a document, and validates by further rules.
 * @param rules validation rules beside those of the specification.
 */
export function useDocumentRules(rules: readonly ValidationRule[]): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn(parseWithinLimit);
    },
    onValidate({ addValidationRule }) {
      for (const rule of rules) addValidationRule(rule);
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
