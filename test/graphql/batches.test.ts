import { beforeAll, describe, expect, it, vi } from 'vitest';
import { expectRefusal, HELLO, postBody } from '../support/http.ts';
import { meetingNumber } from '../support/upstream.ts';
import type { World } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ env: { BATCH_LIMIT: '3' } });
  return () => world[Symbol.asyncDispose]();
});

const post = (operations: readonly unknown[]) => postBody(world.gateway.url, JSON.stringify(operations));
const hello = JSON.parse(HELLO);
const list = (from: number, count: number) => ({
  query: 'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }',
  variables: { ids: Array.from({ length: count }, (_, n) => meetingNumber(from + n)) },
});

describe('a batch', () => {
  it.each([1, 2])('of %i is refused by default, as one readable error', async count => {
    await using plain = await openWorld();
    const answer = await postBody(plain.gateway.url, JSON.stringify(Array(count).fill(hello)));
    expect(expectRefusal(answer, 400, 'BAD_REQUEST')).toBe(
      'Batches are off here. Send one operation in a request.',
    );
  });

  it.each([
    [1, 'list'],
    [2, 'list'],
    [99, 'list'],
    [100, 'list'],
    [101, 'one error'],
  ])('of %i that is refused is, for a client of the media type of GraphQL, a %s', async (count, form) => {
    await using plain = await openWorld();
    const body = JSON.stringify(Array(count).fill(1));
    const accept = 'application/graphql-response+json,application/json;q=0.9';
    const { status, headers, text } = await postBody(plain.gateway.url, body, { accept });
    const error = { message: expect.stringMatching(/^Batches are off here/), extensions: expect.anything() };
    expect([status, JSON.parse(text)]).toEqual([
      400,
      form === 'list' ? Array(count).fill({ errors: [error] }) : { errors: [error] },
    ]);
    expect(headers.get('content-type')).toContain(
      form === 'list' ? 'graphql-response+json' : 'application/json',
    );
    expect(text.length).toBeLessThan(100 * (body.length + 150));
  });

  it.each([1, 2, 3])('of %i is answered where three are allowed', async count => {
    const { status, text } = await post(Array(count).fill(hello));
    expect([status, JSON.parse(text)]).toEqual([200, Array(count).fill({ data: { __typename: 'Query' } })]);
  });

  it('of 4 is refused, as one readable error', async () => {
    const answer = await post(Array(4).fill(hello));
    expect(expectRefusal(answer, 400, 'LIMIT_EXCEEDED')).toContain('more than 3 operations');
  });

  it('of none is refused', async () => {
    expectRefusal(await post([]), 400, 'BAD_REQUEST');
  });

  it('with an operation that fails answers the others', async () => {
    const { status, text } = await post([hello, { query: '{' }, { query: '{ nothing }' }]);
    const codes = JSON.parse(text).map(
      ({ errors }: { errors?: { extensions: { code: string } }[] }) => errors?.[0]?.extensions.code,
    );
    expect([status, codes]).toEqual([200, [undefined, 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']]);
  });

  it.each([null, 1, [hello], {}, { query: 1 }])('with %j in it answers the others', async other => {
    const { status, text } = await post([hello, other, hello]);
    const malformed = {
      errors: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'BAD_REQUEST' }) })],
    };
    const answered = { data: { __typename: 'Query' } };
    expect([status, JSON.parse(text)]).toEqual([200, [answered, malformed, answered]]);
  });

  it('calls once for an id that several operations name', async () => {
    world.sandbox.clear();
    const { text } = await post([list(1, 1), list(1, 1), list(1, 2)]);
    expect(JSON.parse(text)).toHaveLength(3);
    expect(text).not.toContain('errors');
    expect(world.sandbox.hits).toHaveLength(2);
  });

  it.each([
    [99, 'one more'],
    [100, 'exactly as many'],
  ])('of %i different meetings is answered', async count => {
    world.sandbox.clear();
    const { text } = await post([list(0, 40), list(40, 40), list(80, count - 80)]);
    expect(text).not.toContain('errors');
    expect(world.sandbox.hits).toHaveLength(count);
  });

  it.each([
    ['at once', 0],
    ['one in each iteration of the event loop', 10],
  ])(
    'of 101 different meetings, started %s, is refused whole, without a call',
    async (_how, milliseconds) => {
      using now = slowClock(milliseconds);
      world.sandbox.clear();
      const { text } = await post([list(0, 40), list(40, 40), list(80, 21)]);
      const answers: { errors: { message: string; extensions: { code: string } }[] }[] = JSON.parse(text);
      const errors = answers.flatMap(answer => answer.errors);
      expect(now).toHaveBeenCalled();
      expect(errors).toHaveLength(101);
      expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['LIMIT_EXCEEDED']));
      expect(world.sandbox.hits).toHaveLength(0);
    },
  );
});

/** Lets so many milliseconds pass each time that the time is read. */
function slowClock(milliseconds: number) {
  const now = performance.now.bind(performance);
  let reads = 0;
  return vi.spyOn(performance, 'now').mockImplementation(() => {
    reads += 1;
    return now() + reads * milliseconds;
  });
}
