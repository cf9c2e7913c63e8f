import { beforeAll, describe, expect, it } from 'vitest';
import { meetingBut } from '../../sandbox/reply.ts';
import { postBody } from '../support/http.ts';
import { byHash, post, sha256, withText } from '../support/persisted.ts';
import { meetingNumber } from '../support/upstream.ts';
import type { AnswerError, World } from '../support/world.ts';
import { CREDENTIALS, openWorld } from '../support/world.ts';

const NOBODY = { authorization: '', 'ocp-apim-subscription-key': '' };
const BROKEN = meetingNumber(1);
const ENTITIES = 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }';

let world: World;
beforeAll(async () => {
  world = await openWorld({ env: { BATCH_LIMIT: '100' } });
  world.sandbox.answer(BROKEN, meetingBut({ topic: {} }));
  return () => world[Symbol.asyncDispose]();
});

const codesOf = (errors: readonly AnswerError[]): string[] => errors.map(({ extensions }) => extensions.code);

describe('a small request with much to tell', () => {
  const alias = 'a'.repeat(95_000);
  const amplifier = `query ($r: [_Any!]!) { ${alias}: _entities(representations: $r) { __typename } }`;
  const variables = { r: Array(1_000).fill(0) };

  it.each([
    ['of a caller without credentials', NOBODY],
    ['of a caller with credentials', CREDENTIALS],
  ])('%s is refused for its alias, in less than it sent', async (_who, headers) => {
    const body = JSON.stringify({ query: amplifier, variables });
    const { text } = await postBody(world.gateway.url, body, headers);
    expect(JSON.parse(text).errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
    expect(text.length).toBeLessThan(1_000);
  });

  it('cannot be registered to be sent by its hash', async () => {
    await post(world.gateway.url, { ...withText(amplifier), variables });
    const { extensions } = withText(amplifier);
    expect((await post(world.gateway.url, { extensions, variables })).code).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  it('behind 48,000 empty lines is refused for its lines', async () => {
    const { errors } = await world.ask(`${'\n'.repeat(48_000)}${ENTITIES}`, { variables });
    expect(codesOf(errors)).toEqual(['LIMIT_EXCEEDED']);
  });
});

describe('the errors of an answer', () => {
  const broken = (count: number) => ({
    query: 'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { topic } }',
    variables: { ids: Array(count).fill(BROKEN) },
  });
  const ask = async (count: number, operation = broken(count)) =>
    world.ask<{ syncMeetings: unknown }>(operation.query, operation);

  describe.each([
    ['interpreted', 'topic'],
    ['compiled', 'topic id'],
    ['by resolvers of their own', 'topicText: topic'],
  ])('%s', (how, selection) => {
    const query = `query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { ${selection} } }`;
    beforeAll(async () => {
      const runs = how === 'compiled' ? 12 : 0;
      for (let n = 0; n < runs; n += 1) await ask(1, { ...broken(1), query });
    });

    it.each([99, 100])('are all told when they are %i', async count => {
      const { data, errors } = await ask(count, { ...broken(count), query });
      expect(codesOf(errors)).toEqual(Array(count).fill('UPSTREAM_INVALID_RESPONSE'));
      expect(data.syncMeetings).toHaveLength(count);
    });

    it.each([
      [101, '1 more error was left out'],
      [1_000, '900 more errors were left out'],
    ])('are 100 and one more that counts the rest when they are %i', async (count, message) => {
      const { data, errors } = await ask(count, { ...broken(count), query });
      expect(codesOf(errors)).toEqual([...Array(100).fill('UPSTREAM_INVALID_RESPONSE'), 'LIMIT_EXCEEDED']);
      expect(errors[100]?.message).toContain(message);
      expect(data.syncMeetings).toHaveLength(count);
      expect(JSON.stringify(data)).not.toContain('GatewayError');
    });
  });

  it('are 100 where enums and lists of meetings fail', async () => {
    const id = meetingNumber(2);
    world.sandbox.answer(id, meetingBut({ meetingType: 'x' }));
    const { errors } = await world.ask(
      'query ($ids: [UUID!]!, $r: [_Any!]!) { syncMeetings(ids: $ids) { meetingType code: meetingTypeCode } _entities(representations: $r) { __typename } }',
      { variables: { ids: Array(40).fill(id), r: Array(40).fill(0) } },
    );
    expect(errors).toHaveLength(101);
    expect(errors[100]?.message).toContain('20 more errors were left out');
  });

  it('are 100 for a batch as a whole, and each operation says what it lacks', async () => {
    const { text } = await postBody(world.gateway.url, JSON.stringify([broken(60), broken(60), broken(60)]));
    const answers: { errors: AnswerError[] }[] = JSON.parse(text);
    const told = answers.flatMap(({ errors }) => errors);
    expect(codesOf(told).filter(code => code !== 'LIMIT_EXCEEDED')).toHaveLength(100);
    expect(codesOf(told).filter(code => code === 'LIMIT_EXCEEDED')).toHaveLength(2);
  });
});

describe('a caller without credentials', () => {
  it.each([
    ['a list of 1,000 meetings', '{ syncMeetings(ids: $ids) { topic } }', 1],
    ['one meeting', '{ syncMeeting(id: $id) { topic } }', 1],
    ['1,000 representations', '{ _entities(representations: $r) { __typename } }', 1],
    ['two meetings', '{ a: syncMeeting(id: $id) { id } b: syncMeeting(id: $id) { id } }', 2],
  ])('that asks for %s gets one error for each root field', async (_what, selection, roots) => {
    const definitions = ['$id: UUID!', '$ids: [UUID!]!', '$r: [_Any!]!'].filter(text =>
      new RegExp(`\\$${text.slice(1, text.indexOf(':'))}\\b`).test(selection),
    );
    const { errors } = await world.ask(`query (${definitions.join(', ')}) ${selection}`, {
      variables: { id: BROKEN, ids: Array(1_000).fill(BROKEN), r: Array(1_000).fill(0) },
      headers: {},
    });
    expect(codesOf(errors)).toEqual(Array(roots).fill('UNAUTHENTICATED'));
  });

  it('registers no persisted query, and neither does one that the upstream has not accepted', async () => {
    const query = '{ registered: __typename }';
    const hashed = byHash(sha256(query));
    await postBody(world.gateway.url, JSON.stringify(withText(query)), NOBODY);
    expect((await post(world.gateway.url, hashed)).code).toBe('PERSISTED_QUERY_NOT_FOUND');
    await postBody(world.gateway.url, JSON.stringify(withText(query)), { authorization: 'Bearer made-up' });
    expect((await post(world.gateway.url, hashed)).code).toBe('PERSISTED_QUERY_NOT_FOUND');

    await world.ask(`{ syncMeeting(id: "${BROKEN}") { id } }`);
    await post(world.gateway.url, withText(query));
    expect(await post(world.gateway.url, hashed)).toMatchObject({ data: { registered: 'Query' } });
  });
});

describe('what is small in the request and large in the gateway', () => {
  it('introspection by the operations of a batch is as little as by one', async () => {
    await using shown = await openWorld({ env: { BATCH_LIMIT: '100', INTROSPECTION: 'on' } });
    for (const [count, refused] of [
      [2, 0],
      [3, 0],
      [4, 1],
      [100, 97],
    ] as const) {
      const batch = await postBody(
        shown.gateway.url,
        JSON.stringify(Array(count).fill({ query: '{ __type(name: "Query") { name } }' })),
      );
      const failed = (JSON.parse(batch.text) as { errors?: AnswerError[] }[]).flatMap(
        ({ errors = [] }) => errors,
      );
      expect(codesOf(failed)).toEqual(Array(refused).fill('LIMIT_EXCEEDED'));
    }
  });

  it('a list within a meeting counts with all the items it may have', async () => {
    const ask = (names: number) =>
      world.ask('query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { alternativeHosts } }', {
        variables: { ids: Array(names).fill(meetingNumber(3)) },
      });
    for (const [names, codes] of [
      [195, []],
      [196, []],
      [197, ['LIMIT_EXCEEDED']],
    ] as const) {
      expect(codesOf((await ask(names)).errors)).toEqual(codes);
    }
  });
});
