import { serverAudits } from 'graphql-http';
import { expect, it } from 'vitest';
import { openWorld } from '../support/world.ts';

const audits = serverAudits({ url: 'http://placeholder.invalid' });

it('has all 61 of them', () => {
  expect(audits).toHaveLength(61);
});

/** Shows with every request that a browser would have sent a preflight before it. */
const preflighted: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set('apollo-require-preflight', '1');
  return fetch(input, { ...init, headers });
};

it.each([
  ['every request shows a preflight', {}, preflighted],
  ['the gateway takes simple GET requests', { ALLOW_SIMPLE_GET: 'true' }, fetch],
])('passes every audit of GraphQL over HTTP where %s', async (_where, env, fetchFn) => {
  await using world = await openWorld({ env: { INTROSPECTION: 'on', ...env } });
  const notOk: string[] = [];
  for (const audit of serverAudits({ url: world.gateway.url, fetchFn })) {
    const result = await audit.fn();
    if (result.status !== 'ok') notOk.push(`${result.status} ${audit.id}: ${audit.name} ${result.reason}`);
  }
  expect(notOk).toEqual([]);
});
