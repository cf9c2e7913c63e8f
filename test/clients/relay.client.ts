import type { GraphQLResponse } from 'relay-runtime';
import { Environment, fetchQuery, Network, RecordSource, Store } from 'relay-runtime';
import { expect, it } from 'vitest';
import meetingQuery from './generated/relay/meetingQuery.graphql.ts';
import { FAILING, ID, startDev } from './support.ts';

it('Relay loads the meetings of a compiled query, with null for one that fails', async () => {
  await using dev = await startDev();
  const { url } = dev;
  const network = Network.create(async ({ text: query }, variables) => {
    const headers = { 'Content-Type': 'application/json', Authorization: 'Bearer token' };
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables }),
    });
    const answer: GraphQLResponse = JSON.parse(await response.text());
    return answer;
  });
  const environment = new Environment({ network, store: new Store(new RecordSource()) });
  const data = await fetchQuery(environment, meetingQuery, { ids: [ID, FAILING] }).toPromise();
  expect(data).toEqual({ syncMeetings: [{ id: ID, name: expect.any(String) }, null] });
});
