import type { ValidationRule } from 'graphql';
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** The fields that show the schema; `_service` is a federation router's way to it. */
const SCHEMA_FIELDS: readonly string[] = ['__schema', '__type', '_service'];

const noIntrospection: ValidationRule = context => ({
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

/** Hides the schema: no introspection, and no names of fields, arguments or types in what is said of a wrong query. */
export const hideSchema: Plugin = {
  onValidate({ addValidationRule }) {
    addValidationRule(noIntrospection);
    return ({ valid, result, setResult }) => {
      if (!valid) setResult(result.map(withoutSuggestion));
    };
  },
};

function withoutSuggestion(error: Error): Error {
  if (!(error instanceof GraphQLError)) return error;
  const message = error.message.replace(/ Did you mean .+\?$/s, '');
  return message === error.message
    ? error
    : new GraphQLError(message, { nodes: error.nodes ?? null, extensions: error.extensions });
}
