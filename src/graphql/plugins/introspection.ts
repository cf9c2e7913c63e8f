import type { DocumentNode, ValidationRule } from 'graphql';
import { GraphQLError, visit } from 'graphql';

/** The fields that return the schema; `_service` is for federation routers. */
const SCHEMA_FIELDS: readonly string[] = ['__schema', '__type', '_service'];

/** Refuses introspection. */
export const noIntrospection: ValidationRule = context => ({
  Field(node) {
    if (!SCHEMA_FIELDS.includes(node.name.value)) return;
    context.reportError(
      new GraphQLError(
        `Introspection is off here: ${node.name.value} is not answered. Read schema.graphql instead.`,
        {
          nodes: node,
        },
      ),
    );
  },
});

const counted = new WeakMap<DocumentNode, number>();

/** Counts the fields of a document that show the schema, as they are written. */
export function introspectionFields(document: DocumentNode): number {
  const known = counted.get(document);
  if (known !== undefined) return known;
  let fields = 0;
  visit(document, {
    Field({ name }) {
      if (SCHEMA_FIELDS.includes(name.value)) fields += 1;
    },
  });
  counted.set(document, fields);
  return fields;
}

const SUGGESTION = ' Did you mean ';

/**
 * Removes the suggestion of correct names from a message.
 * A message may repeat what the client sent, at any length: it is searched once, from the left.
 */
export function withoutSuggestion(message: string): string {
  const at = message.indexOf(SUGGESTION);
  return at === -1 ? message : message.slice(0, at);
}
