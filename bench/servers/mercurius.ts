import type { IncomingHttpHeaders } from 'node:http';
import { fastify } from 'fastify';
import { mercurius } from 'mercurius';
import { PORT, TOKEN_RULES } from './environment.ts';
import { plainSchema } from './schema.ts';
import { sync } from './sync.ts';

/** Mercurius on Fastify with our schema; `--jit` compiles queries by graphql-jit. */
const app = fastify({ logger: false });
if (TOKEN_RULES !== null) {
  const { verifyTokens } = await import('./fastify-tokens.ts');
  await verifyTokens(app, TOKEN_RULES);
}
await app.register(mercurius, {
  schema: plainSchema<{ headers: IncomingHttpHeaders }>((id, { headers }) => sync(id, headers)),
  context: ({ headers }) => ({ headers }),
  jit: process.argv.includes('--jit') ? 1 : 0,
  graphiql: false,
});
await app.listen({ port: PORT, host: '127.0.0.1' });
