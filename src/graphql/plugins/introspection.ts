import type { ValidationRule } from 'graphql';
import { GraphQLError } from 'graphql';

/** The fields that return the schema; `_service` is for federation routers. */
export const SCHEMA_FIELDS: readonly string[] = ['__schema', '__type', '_service'];

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

const SUGGESTION = ' Did you mean ';

/**
 * Removes the suggestion of correct names from a message.
 * A message may repeat what the client sent, at any length: it is searched once, from the left.
 */
export function withoutSuggestion(message: string): string {
  const at = message.indexOf(SUGGESTION);
  return at === -1 ? message : message.slice(0, at);
}
