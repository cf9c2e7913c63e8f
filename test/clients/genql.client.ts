import { expect, it } from 'vitest';
import { createClient } from './generated/genql/index.ts';
import { ID, startDev } from './support.ts';

it('genql builds a query of the fields that are named', async () => {
  await using dev = await startDev();
  const client = createClient({ url: dev.url, headers: { Authorization: 'Bearer token' } });
  const { syncMeeting } = await client.query({
    syncMeeting: { __args: { id: ID }, id: true, name: true },
  });
  expect(syncMeeting).toEqual({ id: ID, name: expect.any(String) });
});
