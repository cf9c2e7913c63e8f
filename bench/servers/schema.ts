import { readFileSync } from 'node:fs';
import type { GraphQLFieldResolver } from 'graphql';
import { buildSchema } from 'graphql';
import type { Meeting } from '../../sandbox/meeting.ts';

/** Gets a meeting from the upstream. */
export type Load<Context> = (id: string, context: Context) => Promise<Meeting>;

/** Our schema as text. */
export const typeDefs = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');

/** Resolvers of the two queries, in the shape Apollo takes. */
export function resolversFor<Context>(load: Load<Context>) {
  const syncMeeting: GraphQLFieldResolver<unknown, Context, { id: string }> = async (
    _root,
    { id },
    context,
  ) => present(await load(id, context));
  const syncMeetings: GraphQLFieldResolver<unknown, Context, { ids: string[] }> = (_root, { ids }, context) =>
    ids.map(async id => present(await load(id, context)));
  return { Query: { syncMeeting, syncMeetings } };
}

/**
 * Our schema with the least a peer can do: scalars pass as they are, one upstream call for each id, no checks of
 * what came, no limits. It flatters the peers on purpose.
 */
export function plainSchema<Context>(load: Load<Context>) {
  const schema = buildSchema(typeDefs);
  const queries = schema.getQueryType()?.getFields() ?? {};
  for (const [name, resolve] of Object.entries(resolversFor(load).Query)) {
    const field = queries[name];
    if (field) field.resolve = resolve;
  }
  return schema;
}

const MEETING_TYPES = [null, 'EXAM', 'CUSTOM', 'TIMETABLE'];
const RECORD_TYPES = ['NONE', 'CLOUD', 'LOCAL'];
const AUTHENTICATION_OPTS = [null, 'NUS_ZOOM', 'ZOOM'];

/** The values our schema has other than the upstream: dates in UTC, names for codes, a list of hosts. */
function present(meeting: Meeting) {
  return {
    ...meeting,
    startDate: new Date(meeting.startDate).toISOString(),
    endDate: new Date(meeting.endDate).toISOString(),
    createdDate: new Date(meeting.createdDate).toISOString(),
    meetingType: MEETING_TYPES[meeting.meetingType],
    recordType: RECORD_TYPES[meeting.recordType],
    authenticationOpt: AUTHENTICATION_OPTS[meeting.authenticationOpt],
    alternativeHosts: meeting.alternativeHosts.split(','),
  };
}
