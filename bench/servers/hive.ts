import { fileURLToPath } from 'node:url';

/** Where Hive Gateway and Mesh Compose take their configuration from, and the file in which one gives the schema to the other. */
export const HIVE = {
  folder: fileURLToPath(new URL('hive/', import.meta.url)),
  supergraph: 'supergraph.graphql',
} as const;
