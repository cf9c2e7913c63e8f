import { createServer } from 'node:http';
import { createYoga } from 'graphql-yoga';
import { PORT } from './environment.ts';
import { plainSchema } from './schema.ts';
import { sync } from './sync.ts';

/** GraphQL Yoga as it comes, with our schema. */
const yoga = createYoga({
  schema: plainSchema<{ request: Request }>((id, { request }) =>
    sync(id, {
      authorization: request.headers.get('authorization') ?? '',
      'ocp-apim-subscription-key': request.headers.get('ocp-apim-subscription-key') ?? '',
    }),
  ),
  logging: false,
});
createServer((request, response) => void yoga(request, response)).listen(PORT, '127.0.0.1');
