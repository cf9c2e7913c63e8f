import { flag, integer, optional, setting } from '../values.ts';

/** Settings of GraphQL requests. */
export const graphqlSettings = {
  ALLOW_SIMPLE_GET: setting(
    'false',
    'Whether a GET request needs no header that shows a preflight, if it is sent to this machine by a program, by a page of the same origin, or by a page of CORS_ORIGINS. For development.',
    flag,
  ),
  MAX_MEETINGS_PER_REQUEST: setting(
    '100',
    'Most different meetings in one HTTP request; each is a call of LumiNUS. The ids in its lists may be ten times as many, and its values (meetings times fields) a hundred times.',
    integer(1, 1_000),
  ),
  BATCH_LIMIT: setting('0', 'Most operations in one HTTP request; 0 turns batching off.', integer(0, 100)),
  PERSISTED_DOCUMENTS: optional(
    'Path of a manifest with the only operations that may run: a JSON object from hash to text, as graphql-codegen writes it.',
    text => text,
  ),
  GRAPHIQL: setting('off', 'Whether GraphiQL is served to browsers at /graphql.', flag),
  INTROSPECTION: setting('off', 'Whether introspection is allowed. It always is when GRAPHIQL is on.', flag),
} as const;
