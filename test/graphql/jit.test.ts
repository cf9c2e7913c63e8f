import fc from 'fast-check';
import type { ExecutionResult } from 'graphql';
import { parse, validate } from 'graphql';
import * as jit from 'graphql-jit';
import { describe, expect, it } from 'vitest';
import { meetingOf } from '../../sandbox/meeting.ts';
import { meetingBut } from '../../sandbox/reply.ts';
import { scenarioId } from '../../sandbox/scenarios.ts';
import type { Execute } from '../../src/graphql/execute.ts';
import { createExecutor, createIntrospectionAllowance } from '../../src/graphql/execute.ts';
import { createErrorFormatter } from '../../src/graphql/format-error.ts';
import { useDocumentRules } from '../../src/graphql/plugins/document-cache.ts';
import type { Compiler } from '../../src/graphql/plugins/jit.ts';
import { useJit } from '../../src/graphql/plugins/jit.ts';
import { GatewayError } from '../../src/lib/errors.ts';
import { createTraceContext } from '../../src/lib/trace-context.ts';
import { ContractDrift } from '../../src/luminus/contract-drift.ts';
import type { MeetingId } from '../../src/luminus/meeting-id.ts';
import type { MeetingLoader } from '../../src/luminus/meeting-loader.ts';
import { createSyncMeeting } from '../../src/luminus/operations/sync-meeting.ts';
import { createErrorAllowance, ErrorBudget } from '../../src/schema/error-budget.ts';
import { schema } from '../../src/schema/index.ts';
import { createMemoryLog } from '../support/log.ts';
import { meetingNumber } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

const interpreted = createExecutor(schema, [useDocumentRules([])]);
const compiled = createExecutor(schema, [
  useDocumentRules([]),
  useJit(jit, { runsBeforeCompiling: 0, schedule: job => job() }),
]);

const { observer } = createMemoryLog();
const syncMeeting = createSyncMeeting({ offsetMinutes: 480, drift: new ContractDrift(observer) });
const formatError = createErrorFormatter({ hidesSchema: false, observer });
const GOOD = meetingNumber(1);
const BROKEN = meetingNumber(2);
const FAILS = meetingNumber(3);
const FAILS_AT_ONCE = meetingNumber(4);

/** Meetings that come, that have broken fields, and that fail, sooner or later. */
const meetings: MeetingLoader = {
  checkListBudget() {},
  async load(id: MeetingId) {
    if (id === FAILS_AT_ONCE) throw new GatewayError('FORBIDDEN', { upstreamStatus: 403 });
    await new Promise(resolve => setImmediate(resolve));
    if (id === FAILS) throw new GatewayError('NOT_FOUND', { upstreamStatus: 404 });
    const changes = id === BROKEN ? { topic: {}, startDate: 'soon', meetingType: 'x', recordType: 9 } : {};
    const decoded = syncMeeting.decode({ ...meetingOf(id), ...changes }, id);
    if ('unusable' in decoded) throw new Error(decoded.unusable);
    return decoded.value;
  },
};

/** What a client would see, its errors in one order. */
async function answerOf(execute: Execute, query: string, variables: object, operationName?: string) {
  const context = {
    loaders: { meetings },
    errors: new ErrorBudget(createErrorAllowance()),
    introspection: createIntrospectionAllowance(),
    mayRegister: () => false,
    queriesOnly: false,
  };
  const run = async (): Promise<ExecutionResult> =>
    (await execute({ query, variables, ...(operationName === undefined ? {} : { operationName }) }, context))
      .result;
  const { data, errors = [] } = await run();
  const presented = errors
    .map(error => JSON.stringify(formatError(error, { requestId: 'test', trace: createTraceContext() })))
    .toSorted();
  return JSON.parse(JSON.stringify({ data, errors: presented }));
}

async function expectTheSame(query: string, variables: object = {}, operationName?: string): Promise<void> {
  const expected = await answerOf(interpreted, query, variables, operationName);
  expect(await answerOf(compiled, query, variables, operationName)).toEqual(expected);
}

const FIELDS =
  'id name topic startDate joinUrl email meetingType meetingTypeCode recordType alternativeHosts moduleID isWaitingRoom';

describe('a compiled operation answers as an interpreted one', () => {
  it.each([
    ['a meeting', `query ($id: UUID!) { syncMeeting(id: $id) { ${FIELDS} } }`, { id: GOOD }],
    ['broken fields', `query ($id: UUID!) { syncMeeting(id: $id) { ${FIELDS} } }`, { id: BROKEN }],
    ['a failure', `query ($id: UUID!) { syncMeeting(id: $id) { ${FIELDS} } }`, { id: FAILS }],
    [
      'a list',
      'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id topic } }',
      { ids: [GOOD, BROKEN, FAILS, GOOD] },
    ],
    [
      'a list that ends in a failure',
      'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }',
      { ids: [GOOD, FAILS] },
    ],
    [
      'a list of failures',
      'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }',
      { ids: [FAILS, FAILS_AT_ONCE] },
    ],
    ['an empty list', 'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }', { ids: [] }],
    [
      'a list of one, written as one',
      'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }',
      { ids: GOOD },
    ],
    [
      'entities',
      'query ($r: [_Any!]!) { _entities(representations: $r) { __typename ... on ZoomMeeting { id topic } } }',
      { r: [GOOD, BROKEN, FAILS, 'none'].map(id => ({ __typename: 'ZoomMeeting', id })) },
    ],
    ['a variable that is missing', 'query ($id: UUID!) { syncMeeting(id: $id) { id } }', {}],
    ['a variable that is null', 'query ($id: UUID!) { syncMeeting(id: $id) { id } }', { id: null }],
    ['a variable that is no uuid', 'query ($id: UUID!) { syncMeeting(id: $id) { id } }', { id: 'nope' }],
    [
      'a list with something else in it',
      'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }',
      { ids: [GOOD, 12, null] },
    ],
    [
      'a variable called __proto__',
      'query ($__proto__: _Any!) { _entities(representations: [$__proto__]) { __typename } }',
      JSON.parse(`{ "__proto__": { "__typename": "ZoomMeeting", "id": "${GOOD}" } }`),
    ],
    [
      'a default that is overridden by null',
      `query ($id: UUID = "${GOOD}") { syncMeeting(id: $id) { id } }`,
      { id: null },
    ],
    ['a default', `query ($id: UUID = "${GOOD}") { syncMeeting(id: $id) { id } }`, {}],
    [
      'introspection',
      '{ __typename __schema { queryType { name } } __type(name: "ZoomMeeting") { fields { name } } }',
      {},
    ],
    ['_service', '{ _service { __typename sdl } }', {}],
    [
      'skip and include',
      'query ($id: UUID!, $yes: Boolean!, $no: Boolean!) { syncMeeting(id: $id) { id name @skip(if: $yes) topic @include(if: $no) ... @include(if: $yes) { email } } }',
      { id: GOOD, yes: true, no: false },
    ],
    [
      'a field called __proto__',
      `{ __proto__: __typename syncMeeting(id: "${GOOD}") { __proto__: name id } }`,
      {},
    ],
    [
      'many roots',
      `{ ${[1, 2, 3, 4, 5].map(n => `m${n}: syncMeeting(id: "${GOOD}") { id }`).join(' ')} }`,
      {},
    ],
    [
      'a condition that is null',
      `query ($yes: Boolean = true) { syncMeeting(id: "${GOOD}") { id name @skip(if: $yes) } }`,
      { yes: null },
    ],
    [
      'fragments and aliases',
      `query ($id: UUID!) { a: syncMeeting(id: $id) { ...F x: name } b: syncMeeting(id: "${BROKEN}") { ...F } } fragment F on ZoomMeeting { id topic t: topic }`,
      { id: GOOD },
    ],
  ])('%s', async (_what, query, variables) => {
    await expectTheSame(query, variables);
  });

  it('each operation of a document by its own name', async () => {
    const query = `query A { syncMeeting(id: "${GOOD}") { id } } query B { syncMeeting(id: "${GOOD}") { name } }`;
    for (const name of ['A', 'B', 'A', 'C', undefined]) await expectTheSame(query, {}, name);
  });

  it('whatever is asked', async () => {
    const field = fc.constantFrom(...FIELDS.split(' '), '__typename');
    const id = fc.constantFrom(GOOD, BROKEN, FAILS, FAILS_AT_ONCE);
    const directive = fc.constantFrom('', '', '@skip(if: $yes)', '@include(if: $yes)', '@skip(if: $no)');
    const value = fc.oneof(
      id.map(one => `"${one}"`),
      fc.constantFrom('$u', '["x" $u]', '{ id: $u }', '12'),
    );
    /** Literals of a custom scalar, with and without variables in them; some are no representation at all. */
    const representation = fc.oneof(
      value.map(key => `{ __typename: "ZoomMeeting", id: ${key} }`),
      fc.constantFrom('$any', '[$any]', '"x"'),
    );
    const roots = (directives: fc.Arbitrary<string>) => {
      const selection = fc
        .array(fc.tuple(fc.constantFrom('', 'a: ', 'b: '), field, directives), { minLength: 1, maxLength: 8 })
        .map(all => all.map(parts => parts.join(' ')).join(' '));
      const root = fc.oneof(
        fc.tuple(id, selection).map(([one, fields]) => `syncMeeting(id: "${one}") { ${fields} }`),
        fc
          .tuple(fc.array(representation, { maxLength: 3 }), selection)
          .map(
            ([all, fields]) =>
              `_entities(representations: [${all.join(' ')}]) { ... on ZoomMeeting { ${fields} } }`,
          ),
        fc
          .tuple(
            fc.array(
              fc.oneof(
                id.map(one => `"${one}"`),
                fc.constant('$u'),
              ),
              { maxLength: 3 },
            ),
            selection,
          )
          .map(([ids, fields]) => `syncMeetings(ids: [${ids.join(' ')}]) { ${fields} }`),
        fc
          .tuple(fc.array(id, { maxLength: 5 }), selection, selection)
          .map(
            ([ids, fields, more]) =>
              `syncMeetings(ids: ${JSON.stringify(ids)}) { ${fields} ... on ZoomMeeting { ${more} } }`,
          ),
      );
      return fc.array(root, { minLength: 1, maxLength: 4 });
    };
    const asked = fc.oneof(
      roots(fc.constant('')).map(all => ({ all, definitions: [] })),
      roots(directive).map(all => ({
        all,
        definitions: ['$yes: Boolean! = true', '$no: Boolean! = false'],
      })),
    );
    await fc.assert(
      fc.asyncProperty(asked, fc.boolean(), async ({ all, definitions }, turned) => {
        const body = all.map((text, n) => `r${n}: ${text}`).join(' ');
        const used = [...definitions, '$u: UUID!', '$any: _Any!'].filter(text =>
          body.includes(text.slice(0, text.indexOf(':'))),
        );
        const query = `query ${used.length > 0 ? `(${used.join(' ')})` : ''} { ${body} }`;
        fc.pre(validate(schema, parse(query)).length === 0);
        const any = { __typename: 'ZoomMeeting', id: BROKEN };
        await expectTheSame(query, { ...(turned ? { yes: false, no: true } : {}), u: GOOD, any });
      }),
      { numRuns: 150 },
    );
  });
});

describe('compiling', () => {
  /** An executor that holds back what is to be compiled until the test runs it, and tells how each operation was run. */
  function openExecutor(compiler: Compiler = jit) {
    const jobs: (() => void)[] = [];
    const ways: unknown[] = [];
    const execute = createExecutor(schema, [
      useDocumentRules([]),
      useJit(compiler, { schedule: job => jobs.push(job) }),
      { onExecute: ({ executeFn }) => void ways.push(executeFn) },
    ]);
    const interpreter = () => ways[0];
    return { execute, jobs, compiledRuns: () => ways.filter(way => way !== interpreter()).length };
  }

  const QUERY = 'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }';

  it.each([
    [10, 0],
    [11, 1],
    [12, 1],
  ])('of an operation that came %i times is asked for %i times', async (runs, asked) => {
    const { execute, jobs } = openExecutor();
    for (let n = 0; n < runs; n += 1) await answerOf(execute, QUERY, { ids: [GOOD] });
    expect(jobs).toHaveLength(asked);
  });

  it('replaces the interpreter once it is done, but for long lists of variables', async () => {
    const { execute, jobs, compiledRuns } = openExecutor();
    for (let n = 0; n < 11; n += 1) await answerOf(execute, QUERY, { ids: [GOOD] });
    expect(compiledRuns()).toBe(0);
    for (const job of jobs) job();
    for (const count of [1, 100, 101]) await answerOf(execute, QUERY, { ids: Array(count).fill(GOOD) });
    expect(compiledRuns()).toBe(2);
  });

  it.each([
    ['an object for a custom scalar', '{ __typename: "ZoomMeeting", id: $id }', 0],
    ['a list for a custom scalar', '[$id]', 0],
    ['a variable for a custom scalar', '$id', 1],
  ])('of an operation with %s in its text: %s is done %i times', async (_what, representation, times) => {
    const { execute, jobs, compiledRuns } = openExecutor();
    const type = representation === '$id' ? '_Any!' : 'UUID!';
    const query = `query ($id: ${type}) { _entities(representations: [${representation}]) { __typename } }`;
    for (let n = 0; n < 12; n += 1) {
      await answerOf(execute, query, { id: GOOD });
      for (const job of jobs.splice(0)) job();
    }
    expect(compiledRuns()).toBe(times);
  });

  it('that fails leaves the operation to the interpreter', async () => {
    const failing: Compiler = {
      isCompiledQuery: jit.isCompiledQuery,
      compileQuery() {
        throw new Error('no more files');
      },
    };
    const { execute, jobs } = openExecutor(failing);
    for (let n = 0; n < 11; n += 1) await answerOf(execute, QUERY, { ids: [GOOD] });
    for (const job of jobs) job();
    expect(await answerOf(execute, QUERY, { ids: [GOOD] })).toEqual({
      data: { syncMeetings: [{ id: GOOD }] },
      errors: [],
    });
  });

  it('takes one turn of the event loop for each operation', async () => {
    const turns: number[] = [];
    let turn = 0;
    const compiler: Compiler = {
      isCompiledQuery: jit.isCompiledQuery,
      compileQuery(...args) {
        turns.push(turn);
        return jit.compileQuery(...args);
      },
    };
    const execute = createExecutor(schema, [
      useDocumentRules([]),
      useJit(compiler, { runsBeforeCompiling: 0 }),
    ]);
    await Promise.all(
      ['a', 'b', 'c'].map(alias => answerOf(execute, `{ ${alias}: syncMeetings(ids: []) { id } }`, {})),
    );
    while (turns.length < 3) {
      turn += 1;
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(new Set(turns).size).toBe(3);
  });
});

it('in the running gateway, the twentieth answer to a query is the first', async () => {
  await using world = await openWorld();
  world.sandbox.answer(BROKEN, meetingBut({ topic: {} }));
  const query = 'query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id topic } }';
  const variables = { ids: [GOOD, BROKEN, scenarioId(403)] };
  const answers = [];
  for (let n = 0; n < 20; n += 1) {
    const { status, data, errors } = await world.ask(query, { variables });
    answers.push({
      status,
      data,
      errors: errors.map(({ path, extensions }) => `${path?.join('.')} ${extensions.code}`).toSorted(),
    });
  }
  expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(1);
});
