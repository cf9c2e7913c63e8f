import type { ApolloLink } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import type { DocumentNode } from 'graphql';

/** Sends the hash of a query; its text follows only where the gateway does not know it yet. */
export function byHash(http: ApolloLink): ApolloLink {
  return new PersistedQueryLink({ sha256 }).concat(http);
}

/** For a gateway with PERSISTED_DOCUMENTS: sends what codegen's manifest calls a query, and never its text. */
export function fromManifest(http: ApolloLink): ApolloLink {
  return new PersistedQueryLink({ generateHash: nameInManifest }).concat(http);
}

/** For a gateway with BATCH_LIMIT: sends what is asked at the same moment together. */
export function inBatches(uri: string, batchMax: number): ApolloLink {
  return new BatchHttpLink({ uri, batchMax });
}

/** In a page, crypto.subtle is there on https and on localhost. */
async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
}

/** codegen puts the name on the document. A query that was not there when it ran has none, and the gateway says so. */
function nameInManifest(document: DocumentNode): string {
  const meta = '__meta__' in document ? document.__meta__ : null;
  const named = typeof meta === 'object' && meta !== null && 'hash' in meta;
  return named && typeof meta.hash === 'string' ? meta.hash : 'none';
}
