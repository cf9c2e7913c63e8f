import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { ZoomMeeting } from '../../src/luminus/meeting.ts';
import type { MeetingId } from '../../src/luminus/meeting-id.ts';
import type { SchemaContext } from '../../src/schema/context.ts';
import { createErrorAllowance, ErrorBudget } from '../../src/schema/error-budget.ts';
import { schema } from '../../src/schema/index.ts';
import { PORT } from './environment.ts';
import { sync } from './sync.ts';

/** The gateway's own copy: its schema is none for another copy of graphql. */
const { createYoga }: typeof import('graphql-yoga') = createRequire(
  new URL('../../src/gateway.ts', import.meta.url),
)('graphql-yoga');

/** GraphQL Yoga as it comes, with the very schema of the gateway. */
const yoga = createYoga<object, SchemaContext>({
  schema,
  context: ({ request }) => ({
    loaders: {
      meetings: { load: id => load(id, request.headers), checkListBudget() {}, allowance: () => null },
    },
    errors: new ErrorBudget(createErrorAllowance()),
  }),
  logging: false,
});
createServer((request, response) => void yoga(request, response)).listen(PORT, '127.0.0.1');

/** The values that our resolvers read, with no check of what came. */
async function load(id: MeetingId, headers: Headers): Promise<ZoomMeeting> {
  const meeting = await sync(id, {
    authorization: headers.get('authorization') ?? '',
    'ocp-apim-subscription-key': headers.get('ocp-apim-subscription-key') ?? '',
  });
  return {
    ...meeting,
    id,
    startDate: new Date(meeting.startDate).toISOString(),
    endDate: new Date(meeting.endDate).toISOString(),
    createdDate: new Date(meeting.createdDate).toISOString(),
    alternativeHosts: meeting.alternativeHosts.split(','),
  };
}
