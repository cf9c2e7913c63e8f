import { describe, expect } from 'vitest';
import { meeting } from '../../../sandbox/reply.ts';
import { GOOD } from './support/ids.ts';
import type { Backend } from './support/world.ts';
import { openWorld, testWith } from './support/world.ts';

// The gateway's own deadlines come after those of the tests, so that a call which is cut was cut by its caller.
const DEADLINES = { UPSTREAM_ATTEMPT_TIMEOUT_MS: '120000', REQUEST_TIMEOUT_MS: '180000' };
const test = testWith({ INTROSPECTION: 'on', ...DEADLINES });

interface Trial {
  readonly moduleOf: { readonly meetings: readonly { readonly name: string | null }[] };
}

const TRIAL = 'query Trial($ids: [UUID!]!) { moduleOf(meetings: $ids) { meetings { name } } }';
const variables = { ids: [GOOD] };

describe.each(['stitching', 'hive'] as const)('through %s', composer => {
  test('a caller who leaves ends the upstream call', async ({ backend }) => {
    await using world = await openWorld(composer, backend);
    holdAnswer(backend);
    const leaving = new AbortController();
    const answer = world.ask(TRIAL, { variables, signal: leaving.signal });
    await backend.sandbox.hit(1);
    leaving.abort();
    await expect(answer).rejects.toThrow('aborted');
    await backend.sandbox.idle();

    expect(backend.sandbox.hits.map(hit => hit.outcome)).toEqual(['cut']);
  });

  test('a caller who leaves does not end the call of another who asks alike', async ({ backend }) => {
    await using world = await openWorld(composer, backend);
    const answerNow = holdAnswer(backend);
    const leaving = new AbortController();
    const first = world.ask(TRIAL, { variables, signal: leaving.signal });
    const second = world.ask<Trial>(TRIAL, { variables });
    await backend.gateway.arrived(2);
    leaving.abort();
    await expect(first).rejects.toThrow('aborted');
    answerNow();

    const { data, errors } = await second;
    expect(errors).toEqual([]);
    expect(data.moduleOf.meetings).toEqual([{ name: expect.any(String) }]);
  });
});

test('Apollo Gateway lets what it asked run on', async ({ backend }) => {
  await using world = await openWorld('apollo', backend);
  const answerNow = holdAnswer(backend);
  const leaving = new AbortController();
  const answer = world.ask(TRIAL, { variables, signal: leaving.signal });
  await backend.sandbox.hit(1);
  leaving.abort();
  await expect(answer).rejects.toThrow('aborted');
  answerNow();
  await backend.sandbox.idle();

  expect(backend.sandbox.hits.map(hit => hit.outcome)).toEqual(['answered']);
});

/** Holds every answer of the upstream back until what it returns is called. */
function holdAnswer({ sandbox }: Backend): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  sandbox.answerAll(async exchange => {
    await promise;
    await meeting(exchange);
  });
  return resolve;
}
