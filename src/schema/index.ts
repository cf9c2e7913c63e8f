import type { GraphQLSchema } from 'graphql';
import { builder } from './builder.ts';
import './scalars.ts';
import './zoom-meeting.ts';
import './sync-meeting.ts';
import { withoutFederation } from './client-schema.ts';
import { printSubgraph, SUBGRAPH_DIRECTIVES } from './federation.ts';

/** All that the gateway answers; subgraph.graphql is printed from it. */
export const schema = builder.toSchema({
  sortSchema: false,
  extensions: { directives: SUBGRAPH_DIRECTIVES },
});

let shown: GraphQLSchema | undefined;

/** The schema that clients see; schema.graphql is printed from it. It is made when it is first needed. */
export function clientSchema(): GraphQLSchema {
  shown ??= withoutFederation(schema);
  return shown;
}

/** The schema that composers read, with its directives; it is in subgraph.graphql. */
export function subgraphSdl(): string {
  return printSubgraph(schema);
}
