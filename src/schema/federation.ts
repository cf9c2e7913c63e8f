import { printSchemaWithDirectives } from '@graphql-tools/utils';
import type { GraphQLSchema } from 'graphql';
import { GatewayError } from '../lib/errors.ts';
import { parseUuid } from '../lib/uuid.ts';
import type { ZoomMeeting } from '../luminus/meeting.ts';
import type { MeetingId } from '../luminus/meeting-id.ts';
import type { MeetingLoader } from '../luminus/meeting-loader.ts';
import { builder } from './builder.ts';
import { selectedValues } from './selected-fields.ts';

/**
 * What makes this schema a subgraph of Federation 2. The names are the specification's. Nothing is @shareable: no other
 * subgraph can resolve a field of a meeting, and the key of an entity needs no mark.
 */
export const SUBGRAPH_DIRECTIVES = {
  link: [{ url: 'https://specs.apollo.dev/federation/v2.3', import: ['@key'] }],
};

builder.scalarType('_Any', {
  description: 'The representation of an entity that a federation router sends: its __typename and its key.',
  serialize: value => value,
});

const Service = builder.objectRef<GraphQLSchema>('_Service').implement({
  description: 'What a federation router needs to compose this subgraph.',
  fields: t => ({
    sdl: t.string({
      description: 'The schema of this subgraph with its federation directives.',
      nullable: false,
      resolve: schema => printSubgraph(schema),
    }),
  }),
});

const Entity = builder.unionType('_Entity', {
  description: 'The types that a federation router can request by key.',
  types: ['ZoomMeeting'],
  resolveType: () => 'ZoomMeeting',
});

builder.queryFields(t => ({
  _service: t.field({
    type: Service,
    nullable: false,
    description: 'For federation routers. Available only while introspection is.',
    resolve: (_query, _args, _context, { schema }) => schema,
  }),
  _entities: t.field({
    type: [Entity],
    nullable: { list: false, items: true },
    description:
      'For federation routers: synchronizes the meetings of the representations, and returns them in the same order. A meeting that fails is null, with an error at its index.',
    args: {
      representations: t.arg({
        type: ['_Any'],
        required: true,
        description: 'Each { __typename: "ZoomMeeting", id: <uuid> }.',
      }),
    },
    resolve: (_query, { representations }, { loaders, errors }, info) => {
      if (loaders instanceof GatewayError) throw loaders;
      const { meetings } = loaders;
      meetings.checkListBudget(representations.length, selectedValues(info));
      return representations.map(representation => errors.settle(loadEntity(representation, meetings)));
    },
  }),
}));

async function loadEntity(representation: unknown, meetings: MeetingLoader): Promise<ZoomMeeting> {
  return await meetings.load(meetingKey(representation));
}

/** Reads the key of a meeting. @throws GatewayError BAD_USER_INPUT when it is none. */
function meetingKey(representation: unknown): MeetingId {
  const { __typename, id }: { __typename?: unknown; id?: unknown } = Object(representation);
  const meetingId = __typename === 'ZoomMeeting' ? parseUuid(id) : null;
  if (meetingId === null) {
    throw new GatewayError('BAD_USER_INPUT', {
      message:
        'A representation is { __typename: "ZoomMeeting", id: <8-4-4-4-12 hex digits> }. Correct this one.',
    });
  }
  return meetingId;
}

const printed = new WeakMap<GraphQLSchema, string>();

/** Prints the schema of the subgraph with its directives: what a composer reads. */
export function printSubgraph(schema: GraphQLSchema): string {
  const sdl = printed.get(schema) ?? printSchemaWithDirectives(schema);
  printed.set(schema, sdl);
  return sdl;
}
