import { hash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { OperationParams } from '../params.ts';
import { malformed } from '../params.ts';

/** Most bytes of query text that are kept. */
const PERSISTED_QUERY_BYTES = 4 * 1024 * 1024;

/** Bytes that the store needs for each text beside the text itself. */
export const ENTRY_BYTES = 200;

/** Finds the text of an operation. */
export interface OperationStore {
  /** The text of an operation. @throws GraphQLError that says why it has none that may run. */
  readonly find: (params: OperationParams) => string;
  /** Keeps the text of an operation that was executed, if it came with its hash and may be kept. */
  readonly register: (params: OperationParams, mayRegister: () => boolean) => void;
}

/**
 * Apollo's automatic persisted queries, by POST: a client sends the hash of a query, and its text only if the gateway
 * does not know it yet. A text is kept until the process ends or others need the space.
 */
export function createAutomaticStore(maxBytes = PERSISTED_QUERY_BYTES): OperationStore {
  const texts = new LRUCache<string, string>({
    maxSize: maxBytes,
    sizeCalculation: text => Buffer.byteLength(text) + ENTRY_BYTES,
  });
  return {
    find(params) {
      const { query } = params;
      const key = hashIn(params);
      if (key === null) {
        if (query === undefined) throw malformed('The operation has no query. Send its text as the query.');
        return query;
      }
      if (query === undefined) {
        const known = texts.get(key);
        if (known === undefined) throw notFound();
        return known;
      }
      if (hash('sha256', query) !== key) throw hashMismatch();
      return query;
    },
    register(params, mayRegister) {
      const key = hashIn(params);
      if (key !== null && params.query !== undefined && mayRegister()) texts.set(key, params.query);
    },
  };
}

/** Texts of the operations of a manifest, by each of their hashes and names. */
export type TrustedDocuments = ReadonlyMap<string, string>;

/**
 * Finds only the operations of a manifest. A client names one by `documentId`, by the hash of Apollo's link, or by
 * sending its exact text.
 * @param current returns the manifest as it is now; it may change between two calls.
 */
export function createTrustedStore(current: () => TrustedDocuments): OperationStore {
  return {
    find(params) {
      const { documentId, query: sent } = params;
      const key = typeof documentId === 'string' ? documentId : hashIn(params);
      const query = current().get(key ?? (sent === undefined ? '' : hash('sha256', sent)));
      if (query === undefined || (key !== null && sent !== undefined && sent !== query))
        throw unknownDocument();
      return query;
    },
    register() {},
  };
}

function hashIn({ extensions }: OperationParams): string | null {
  const persisted = extensions?.['persistedQuery'];
  if (typeof persisted !== 'object' || persisted === null || !('sha256Hash' in persisted)) return null;
  return typeof persisted.sha256Hash === 'string' ? persisted.sha256Hash : null;
}

/** Apollo's link recognizes this error by its message and by its code, and sends the text next. */
function notFound(): GraphQLError {
  return new GraphQLError('PersistedQueryNotFound', {
    extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', http: { status: 200 } },
  });
}

function hashMismatch(): GraphQLError {
  return malformed('The sha256Hash is not that of the query. Send the SHA-256 of the text, in hex.');
}

function unknownDocument(): GraphQLError {
  return new GraphQLError(
    'This operation is not in the manifest of the operations that run here. Have it added, or use one that is.',
    { extensions: { code: 'PERSISTED_DOCUMENT_UNKNOWN', http: { status: 400, spec: true } } },
  );
}
