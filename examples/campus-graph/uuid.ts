import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The gateway's UUID, spelt out again: a malformed id is refused where it enters the campus graph, before any call. */
export const GraphQLUUID = new GraphQLScalarType<string, string>({
  name: 'UUID',
  description:
    'A universally unique identifier: 8-4-4-4-12 hex digits. Either case is read, lower case is written.',
  serialize: uuidOrThrow,
  parseValue: uuidOrThrow,
  parseLiteral: node => uuidOrThrow(node.kind === Kind.STRING ? node.value : null),
});

function uuidOrThrow(value: unknown): string {
  if (typeof value === 'string' && UUID.test(value)) return value.toLowerCase();
  // A code of its own: the composers hand on what a service says, and do not make one up.
  throw new GraphQLError('A UUID is 8-4-4-4-12 hex digits, such as 3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b.', {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}
