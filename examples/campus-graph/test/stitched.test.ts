import { expect } from 'vitest';
import { startModuleService } from '../module-service.ts';
import { startStitched } from '../stitched.ts';
import { post } from './support/ask.ts';
import { ALSO_GOOD, GOOD, MALFORMED } from './support/ids.ts';
import { openWorld, testWith } from './support/world.ts';

/** The gateway tells nothing of its schema: a stitched graph has it from the file. */
const test = testWith({});

interface Named {
  readonly meetings: readonly ({ readonly id: string; readonly name?: string | null } | null)[];
}

const TRIAL = 'query Trial($ids: [UUID!]!) { moduleOf(meetings: $ids) { meetings { id name } } }';

test('a malformed id stops at the module service', async ({ backend }) => {
  await using world = await openWorld('stitching', backend);
  const answer = await world.ask(TRIAL, { variables: { ids: [GOOD, MALFORMED] } });

  expect(answer.data).toEqual({ moduleOf: null });
  expect(answer.errors).toMatchObject([{ path: ['moduleOf'], extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(backend.gateway.requests).toEqual([]);
});

test('a malformed id that the module service holds itself costs that meeting alone', async ({ backend }) => {
  const module = { code: 'OLD1000', title: 'Old data', meetings: [GOOD, MALFORMED, ALSO_GOOD] };
  await using world = await openWorld('stitching', backend, () =>
    startModuleService({ modules: [module], logging: false }),
  );
  const answer = await world.ask<{ modules: Named[] }>('{ modules { meetings { id name } } }');

  expect(answer.data.modules[0]?.meetings.map(meeting => meeting?.id)).toEqual([GOOD, undefined, ALSO_GOOD]);
  expect(answer.errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
  expect(backend.sandbox.hits.map(hit => hit.id).sort()).toEqual([GOOD, ALSO_GOOD].sort());
});

test('ids alone are no matter for the gateway', async ({ backend }) => {
  await using world = await openWorld('stitching', backend);
  const { data } = await world.ask<{ moduleOf: Named }>(
    'query Ids($ids: [UUID!]!) { moduleOf(meetings: $ids) { meetings { id } } }',
    { variables: { ids: [GOOD] } },
  );

  expect(data.moduleOf.meetings).toEqual([{ id: GOOD }]);
  expect(backend.gateway.requests).toEqual([]);
});

test('a level of more meetings than one request may name is asked for in parts', async ({ backend }) => {
  const ids = Array.from({ length: 101 }, (_, n) => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`);
  await using modules = await startModuleService({});
  const urls = { gatewayUrl: backend.gateway.url, modulesUrl: modules.url };
  await using whole = await startStitched(urls);
  const refused = await post(whole.url, TRIAL, { variables: { ids } });
  expect(new Set(refused.errors.map(({ extensions }) => extensions.code))).toEqual(
    new Set(['LIMIT_EXCEEDED']),
  );

  await using divided = await startStitched({ ...urls, maxBatchSize: 100 });
  const answer = await post<{ moduleOf: Named }>(divided.url, TRIAL, { variables: { ids } });
  expect(answer.errors).toEqual([]);
  expect(answer.data.moduleOf.meetings.map(meeting => meeting?.name)).not.toContain(null);
});
