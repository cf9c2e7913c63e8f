import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { postBody } from '../support/http.ts';
import type { World } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

const PATH = /^\/zoom\/Meeting\/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\/Sync$/;

let world: World;
beforeAll(async () => {
  world = await openWorld();
  return () => world[Symbol.asyncDispose]();
});

/** Ids that are nearly good: another character, or a few more, somewhere in one. */
const nearlyGood = fc
  .tuple(fc.uuid(), fc.nat(36), fc.string({ unit: 'binary', maxLength: 3 }), fc.nat(1))
  .map(([id, at, text, replaced]) => id.slice(0, at) + text + id.slice(at + replaced));
const inPath = fc
  .constantFrom('../../', '..%2f', '%2e%2e/', '?', '#', '/', '\\', '\r\n', '\0', ';', '%', '@')
  .map(text => `3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b${text}`);
const anyId = fc.oneof(
  { weight: 1, arbitrary: fc.uuid() },
  { weight: 3, arbitrary: nearlyGood },
  { weight: 1, arbitrary: inPath },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 2, arbitrary: fc.jsonValue() },
);

/** Each place where an id can stand. */
const WAYS: readonly ((id: unknown) => object)[] = [
  id => ({ query: 'query ($id: UUID!) { syncMeeting(id: $id) { id } }', variables: { id } }),
  id => ({ query: 'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }', variables: { ids: [id] } }),
  id => ({ query: 'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }', variables: { ids: id } }),
  id => ({ query: `{ syncMeeting(id: ${JSON.stringify(id)}) { id } }` }),
  id => ({
    query: 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }',
    variables: { of: [{ __typename: 'ZoomMeeting', id }] },
  }),
];

it('whatever stands as an id, the path upstream is a checked one or there is no call', async () => {
  await fc.assert(
    fc.asyncProperty(anyId, fc.constantFrom(...WAYS), async (id, write) => {
      world.sandbox.clear();
      const { status, text } = await postBody(world.gateway.url, JSON.stringify(write(id)));
      expect([200, 400]).toContain(status);
      expect(text).not.toContain('INTERNAL_SERVER_ERROR');
      expect(world.sandbox.hits.filter(({ path }) => !PATH.test(path))).toEqual([]);
      expect(world.sandbox.hits.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 300 },
  );
});
