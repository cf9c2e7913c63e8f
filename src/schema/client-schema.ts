import { MapperKind, mapSchema, pruneSchema } from '@graphql-tools/utils';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { visit } from 'graphql';

/** What only federation routers ask for: fields of the query root, and the types that only these use. */
const FEDERATION_FIELDS: readonly string[] = ['_service', '_entities'];
const FEDERATION_NAMES: ReadonlySet<string> = new Set([...FEDERATION_FIELDS, '_Service', '_Entity', '_Any']);

/** Makes of the whole schema the one that clients see, without what is for federation routers. */
export function withoutFederation(schema: GraphQLSchema): GraphQLSchema {
  return pruneSchema(
    mapSchema(schema, {
      [MapperKind.ROOT_FIELD]: (_config, name) => (FEDERATION_FIELDS.includes(name) ? null : undefined),
    }),
  );
}

const known = new WeakMap<DocumentNode, boolean>();

/** Tells whether a document names anything that is for federation routers alone. */
export function usesFederation(document: DocumentNode): boolean {
  let uses = known.get(document);
  if (uses === undefined) {
    uses = false;
    visit(document, {
      Name({ value }) {
        uses ||= FEDERATION_NAMES.has(value);
      },
    });
    known.set(document, uses);
  }
  return uses;
}
