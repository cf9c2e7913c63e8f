import type { ExecutionResult } from 'graphql';
import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { meetingBut } from '../../sandbox/reply.ts';
import { createErrorFormatter } from '../../src/graphql/format-error.ts';
import { createResponse, RESPONSE_LIMITS } from '../../src/graphql/response.ts';
import { GatewayError } from '../../src/lib/errors.ts';
import { createTraceContext } from '../../src/lib/trace-context.ts';
import { postBody } from '../support/http.ts';
import { createMemoryLog } from '../support/log.ts';
import { meetingNumber } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

const OUTCOME = { operationType: 'query', storedLength: 0, startedAt: 0, endedAt: 1 };

const formatError = createErrorFormatter({ hidesSchema: false, observer: createMemoryLog().observer });
const write = (data: Record<string, unknown>, requestBytes = 1_000_000) =>
  createResponse(
    { result: { data }, ...OUTCOME, operationName: null, omitted: 0 },
    requestBytes,
    'application/json',
    error => formatError(error, { requestId: 'test', trace: createTraceContext() }),
  );

const MIB = 1024 * 1024;
const around = '{"data":{"a":""}}'.length;

it('the limits are those that are promised', () => {
  expect(RESPONSE_LIMITS).toEqual({ bytes: 8 * MIB, bytesPerRequestByte: 100 });
});

describe.each([
  ['of ASCII', 'x', 1],
  ['of characters that are three bytes', '€', 3],
  ['of characters that are escaped', '\n', 2],
])('an answer %s', (_what, character, bytes) => {
  it.each([
    [-bytes, true],
    [0, true],
    [bytes, false],
  ])('of 8 MiB and about %i bytes is given: %s', (more, isGiven) => {
    const count = Math.floor((8 * MIB - around + more) / bytes);
    const { body, codes } = write({ a: character.repeat(count) });
    expect(codes).toEqual(isGiven ? [] : ['LIMIT_EXCEEDED']);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(8 * MIB);
    expect(body.length < 1_000).toBe(!isGiven);
  });
});

it.each([
  [9_999 - 1_024, true],
  [10_000 - 1_024, true],
  [10_001 - 1_024, false],
])('a request of 100 bytes is answered by %i bytes beside the head: %s', (bytes, isGiven) => {
  expect(write({ a: 'x'.repeat(bytes - around) }, 100).codes).toEqual(isGiven ? [] : ['LIMIT_EXCEEDED']);
});

it('many values that are too large together are not written at all', () => {
  const text = 'x'.repeat(256 * 1024);
  const before = process.memoryUsage().rss;
  expect(write({ list: Array(1_000).fill({ text }) }).codes).toEqual(['LIMIT_EXCEEDED']);
  expect(process.memoryUsage().rss - before).toBeLessThan(16 * MIB);
});

it('a meeting of 250 kB, named 1,000 times, is one error, under status 200 and as null', async () => {
  await using world = await openWorld();
  const id = meetingNumber(1);
  world.sandbox.answer(id, meetingBut({ topic: 'x'.repeat(250_000) }));
  const { status, data, errors } = await world.ask(
    'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { topic } }',
    { variables: { ids: Array(1_000).fill(id) } },
  );
  expect([status, data, errors.map(({ extensions }) => extensions.code)]).toEqual([
    200,
    null,
    ['LIMIT_EXCEEDED'],
  ]);
});

describe('values: meetings times fields', () => {
  const id = meetingNumber(1);
  const asking = (names: number, fields: string) => ({
    query: `query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { ${fields} } }`,
    variables: { ids: Array(names).fill(id) },
  });

  it.each([
    ['9,990', 999, 'id name topic userID email hostKey userName joinUrl moduleID creatorID', true],
    ['10,000', 1_000, 'id name topic userID email hostKey userName joinUrl moduleID creatorID', true],
    [
      '10,010, in a fragment',
      910,
      'id ... on ZoomMeeting { name topic userID email hostKey userName joinUrl moduleID creatorID channelID }',
      false,
    ],
  ])('%s are answered: %s', async (_what, names, fields, isAnswered) => {
    await using world = await openWorld();
    const { query, variables } = asking(names, fields);
    const { errors } = await world.ask(query, { variables });
    expect(errors.map(({ message }) => message)).toEqual(
      isAnswered ? [] : [expect.stringContaining('more than 10000 values')],
    );
  });

  it('count for a batch as a whole', async () => {
    await using world = await openWorld({ env: { BATCH_LIMIT: '3' } });
    const { text } = await postBody(
      world.gateway.url,
      JSON.stringify(
        Array(3).fill(
          asking(
            300,
            'id name topic userID email hostKey userName joinUrl moduleID creatorID channelID channelName',
          ),
        ),
      ),
    );
    expect(JSON.parse(text).map(({ errors }: { errors?: unknown[] }) => errors?.length)).toEqual([
      undefined,
      undefined,
      1,
    ]);
  });
});

describe('the outcome of an operation', () => {
  const error = new GatewayError('NOT_FOUND');
  const outcomeOf = (result: ExecutionResult, omitted = 0) =>
    createResponse(
      { result, ...OUTCOME, operationName: 'Meetings', omitted },
      1_000_000,
      'application/json',
      thrown => formatError(thrown, { requestId: 'test', trace: createTraceContext() }),
    ).operations;

  it.each<[string, ExecutionResult, string]>([
    ['without errors is ok', { data: { a: null } }, 'ok'],
    ['with a value and an error is partial', { data: { a: 1, b: null }, errors: [located()] }, 'partial'],
    [
      'with a list of one value and an error is partial',
      { data: { a: [null, 1] }, errors: [located()] },
      'partial',
    ],
    [
      'with an error in a meeting is partial',
      { data: { a: { name: null } }, errors: [located()] },
      'partial',
    ],
    ['without any value is failed', { data: { a: null, b: null }, errors: [located()] }, 'failed'],
    [
      'with a list of nothing but null is failed',
      { data: { a: [null, null] }, errors: [located()] },
      'failed',
    ],
    ['without data is failed', { data: null, errors: [located()] }, 'failed'],
    ['that was not executed is failed', { errors: [located()] }, 'failed'],
  ])('%s', (_what, result, outcome) => {
    expect(outcomeOf(result)).toMatchObject([{ name: 'Meetings', outcome }]);
  });

  it('whose errors were all left out is partial', () => {
    expect(outcomeOf({ data: { a: 1 } }, 1)).toMatchObject([{ name: 'Meetings', outcome: 'partial' }]);
  });

  it('whose response is too large is failed', () => {
    expect(write({ a: 'x'.repeat(9 * MIB) }).operations).toMatchObject([{ name: null, outcome: 'failed' }]);
  });

  function located(): GraphQLError {
    return new GraphQLError(error.message, { originalError: error });
  }
});
