import { builder } from './builder.ts';
import './scalars.ts';
import './zoom-meeting.ts';
import './sync-meeting.ts';
import { SUBGRAPH_DIRECTIVES } from './federation.ts';

/** The schema clients see; schema.graphql is printed from it. */
export const schema = builder.toSchema({
  sortSchema: false,
  extensions: { directives: SUBGRAPH_DIRECTIVES },
});
