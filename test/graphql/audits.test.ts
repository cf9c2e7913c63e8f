import { serverAudits } from 'graphql-http';
import { expect, it } from 'vitest';
import { openWorld } from '../support/world.ts';

/** What POST-only leaves open of what a server MAY do. */
const NOTICES = ['5A70', 'D6D5', '6A70'];

const audits = serverAudits({ url: 'http://placeholder.invalid' });

it('has all 61 of them', () => {
  expect(audits).toHaveLength(61);
});

it('passes every audit of GraphQL over HTTP, but for three things a server MAY do by GET', async () => {
  await using world = await openWorld({ env: { INTROSPECTION: 'on' } });
  const notOk: string[] = [];
  for (const audit of serverAudits({ url: world.gateway.url })) {
    const result = await audit.fn();
    if (result.status !== 'ok') notOk.push(`${result.status} ${audit.id}: ${audit.name} ${result.reason}`);
  }
  expect(notOk.map(line => line.slice(0, 11))).toEqual(NOTICES.map(id => `notice ${id}`));
});
