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

/** Hides the schema: no introspection, and a wrong query is not told which names would be right. */
export const hideSchema: Plugin = {
  onValidate({ addValidationRule }) {
    addValidationRule(noIntrospection);
    return ({ valid, result, setResult }) => {
      if (!valid) setResult(result.map(withoutSuggestion));
    };
  },
  onExecute: () => ({
    // A variable that is no value of its enum is told the values that look like it.
    onExecuteDone({ result, setResult }) {
      if (Symbol.asyncIterator in result || result.errors === undefined) return;
      setResult({ ...result, errors: result.errors.map(withoutSuggestion) });
    },
  }),
};

const SUGGESTION = ' Did you mean ';

/** A message may repeat what the client sent, at any length: it is searched once, from the left. */
function withoutSuggestion<E extends Error>(error: E): E | GraphQLError {
  if (!(error instanceof GraphQLError) || !error.message.includes(SUGGESTION)) return error;
  const { message, nodes, path, extensions, originalError } = error;
  return new GraphQLError(message.slice(0, message.indexOf(SUGGESTION)), {
    nodes: nodes ?? null,
    path: path ?? null,
    extensions,
    originalError: originalError == null ? null : withoutSuggestion(originalError),
  });
}
