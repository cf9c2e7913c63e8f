import { composeServices } from '@apollo/composition';
import { createSchema, createYoga } from 'graphql-yoga';
import { describe, expect } from 'vitest';
import { composeSupergraph, subgraphsOf } from '../federation/compose.ts';
import { MODULE_SDL, SERVICE_SDL, SUBGRAPH_SDL, startModuleService } from '../module-service.ts';
import type { Service } from '../serve.ts';
import { serve } from '../serve.ts';
import { post } from './support/ask.ts';
import { ALSO_GOOD, GOOD, MALFORMED } from './support/ids.ts';
import { openWorld, testWith } from './support/world.ts';

const test = testWith({ INTROSPECTION: 'on' });

test('the gateway and the module service compose without error or hint', async ({ backend }) => {
  await using modules = await startModuleService();
  const subgraphs = await subgraphsOf({ gatewayUrl: backend.gateway.url, modulesUrl: modules.url });

  expect(composeSupergraph(subgraphs)).toContain('type ZoomMeeting');
  // @theguild/federation-composition gives no hints; Apollo's own composition does.
  const { errors = [], hints = [] } = composeServices(subgraphs);
  expect(errors).toEqual([]);
  expect(hints).toEqual([]);
});

test('a malformed id in a representation fails alone', async ({ backend }) => {
  const answer = await post(
    backend.gateway.url,
    `query Entities($representations: [_Any!]!) {
      _entities(representations: $representations) { ... on ZoomMeeting { id } }
    }`,
    { variables: { representations: [GOOD, MALFORMED, ALSO_GOOD].map(represent) } },
  );

  expect(answer.data).toEqual({ _entities: [{ id: GOOD }, null, { id: ALSO_GOOD }] });
  expect(answer.errors).toMatchObject([{ path: ['_entities', 1], extensions: { code: 'BAD_USER_INPUT' } }]);
});

describe.each([
  { composer: 'apollo', path: ['moduleOf', 'meetings', 1] },
  { composer: 'hive', path: ['moduleOf', 'meetings', 'name'] },
] as const)('through $composer', ({ composer, path }) => {
  test('a malformed id that a subgraph let through fails alone', async ({ backend }) => {
    await using world = await openWorld(composer, backend, startCarelessModules);
    const answer = await world.ask<{ moduleOf: { meetings: { id: string; name: string | null }[] } }>(
      'query Trial($ids: [UUID!]!) { moduleOf(meetings: $ids) { meetings { id name } } }',
      { variables: { ids: [GOOD, MALFORMED, ALSO_GOOD] } },
    );

    expect(answer.data.moduleOf.meetings).toEqual([
      { id: GOOD, name: expect.any(String) },
      { id: MALFORMED, name: null },
      { id: ALSO_GOOD, name: expect.any(String) },
    ]);
    expect(answer.errors).toMatchObject([{ path, extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(backend.sandbox.hits.map(hit => hit.id).sort()).toEqual([GOOD, ALSO_GOOD].sort());
  });

  test('a malformed id stops at the module service, which says what is wrong', async ({ backend }) => {
    await using world = await openWorld(composer, backend);
    const answer = await world.ask('query Trial($ids: [UUID!]!) { moduleOf(meetings: $ids) { code } }', {
      variables: { ids: [MALFORMED] },
    });

    expect(answer.data).toEqual({ moduleOf: null });
    expect(answer.errors).toMatchObject([
      { message: expect.stringContaining('8-4-4-4-12'), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });
});

function represent(id: string) {
  return { __typename: 'ZoomMeeting', id };
}

/** The module service without a UUID of its own: whatever it is given goes on. */
async function startCarelessModules(): Promise<Service> {
  const yoga = createYoga({
    schema: createSchema({
      typeDefs: [MODULE_SDL, SERVICE_SDL],
      resolvers: {
        Query: {
          moduleOf: (_query: unknown, { meetings }: { meetings: readonly string[] }) => ({
            code: 'TRIAL',
            title: 'Any meetings',
            meetings: meetings.map(id => ({ id })),
          }),
          _service: () => ({ sdl: SUBGRAPH_SDL }),
        },
      },
    }),
  });
  return await serve(yoga);
}
