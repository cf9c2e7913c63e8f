import { expect, it } from 'vitest';
import { FAILING, ID, startDev } from './support.ts';

/** What the query is answered with. */
interface Answer {
  readonly data: { readonly syncMeetings: readonly (object | null)[] };
  readonly errors?: readonly {
    readonly path: readonly (string | number)[];
    readonly extensions: { readonly code: string };
  }[];
}

it('plain fetch needs a body, two headers, and a look at the errors', async () => {
  await using dev = await startDev();
  const { url } = dev;
  const query = 'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id name } }';
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer token' },
    body: JSON.stringify({ query, variables: { ids: [ID, FAILING] } }),
  });
  const { data, errors = [] }: Answer = JSON.parse(await response.text());
  const failures = new Map(errors.map(({ path, extensions }) => [path.join('.'), extensions.code]));
  expect(data.syncMeetings).toEqual([{ id: ID, name: expect.any(String) }, null]);
  expect([...failures]).toEqual([['syncMeetings.1', 'FORBIDDEN']]);
});
