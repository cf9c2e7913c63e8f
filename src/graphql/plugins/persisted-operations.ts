import { hash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import type { OperationParams } from '../params.ts';
import { malformed } from '../params.ts';

/** Most bytes of query text that are kept. */
const PERSISTED_QUERY_BYTES = 4 * 1024 * 1024;

/** What stands between one text and the next in memory, beside the text. */
export const ENTRY_BYTES = 200;

/** Where the text of an operation comes from. */
export interface QueryTexts {
  /** The text of an operation. @throws GraphQLError that says why it has none that may run. */
  readonly find: (params: OperationParams) => string;
  /** What has to see the operations that run. */
  readonly plugins: readonly Plugin<Registration>[];
}

/** What is known of an operation that may bring a text to keep. */
export interface Registration {
  readonly params: OperationParams;
  /** Whether its caller has usable credentials: who has none must not push out what others have registered. */
  readonly mayRegister: boolean;
}

/**
 * Apollo's automatic persisted queries, by POST: a client sends the hash of a query, and its text only if the gateway
 * does not know it yet. A text is kept once a caller with usable credentials has sent it and it has been parsed and validated, for as long as the process lives or until
 * others need the room.
 */
export function persistedQueries(maxBytes = PERSISTED_QUERY_BYTES): QueryTexts {
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
      if (hash('sha256', query) !== key) throw anotherHash();
      return query;
    },
    plugins: [
      {
        onValidate() {
          return ({ valid, context: { params, mayRegister } }) => {
            const key = hashIn(params);
            if (valid && mayRegister && key !== null && params.query !== undefined)
              texts.set(key, params.query);
          };
        },
      },
    ],
  };
}

/** Operations known before the process started, by each hash they go by. */
export type TrustedDocuments = ReadonlyMap<string, string>;

/**
 * Runs only the operations of a manifest. A client names one by `documentId`, by the hash of Apollo's link, or by
 * sending its very text.
 */
export function trustedDocuments(documents: TrustedDocuments): QueryTexts {
  return {
    find(params) {
      const { documentId, query: sent } = params;
      const key = typeof documentId === 'string' ? documentId : hashIn(params);
      const query = documents.get(key ?? (sent === undefined ? '' : hash('sha256', sent)));
      if (query === undefined || (key !== null && sent !== undefined && sent !== query))
        throw unknownDocument();
      return query;
    },
    plugins: [],
  };
}

function hashIn({ extensions }: OperationParams): string | null {
  const persisted = extensions?.['persistedQuery'];
  if (typeof persisted !== 'object' || persisted === null || !('sha256Hash' in persisted)) return null;
  return typeof persisted.sha256Hash === 'string' ? persisted.sha256Hash : null;
}

/** Apollo's link knows this answer by its message and by its code, and sends the text next. */
function notFound(): GraphQLError {
  return new GraphQLError('PersistedQueryNotFound', {
    extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', http: { status: 200 } },
  });
}

function anotherHash(): GraphQLError {
  return malformed('The sha256Hash is not that of the query. Send the SHA-256 of the text, in hex.');
}

function unknownDocument(): GraphQLError {
  return new GraphQLError(
    'This operation is not in the manifest of the operations that run here. Have it added, or use one that is.',
    { extensions: { code: 'PERSISTED_DOCUMENT_UNKNOWN', http: { status: 400, spec: true } } },
  );
}
