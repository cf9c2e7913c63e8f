import type { Plugin } from 'graphql-yoga';
import { expect, it } from 'vitest';
import { createExecutor, createIntrospectionAllowance } from '../../src/graphql/execute.ts';
import { MAX_DOCUMENTS, MAX_UNACCEPTED } from '../../src/graphql/plugins/document-cache.ts';
import { GatewayError } from '../../src/lib/errors.ts';
import { createErrorAllowance, ErrorBudget } from '../../src/schema/error-budget.ts';
import { schema } from '../../src/schema/index.ts';

/** An executor, and how often it has parsed a text. */
function open() {
  const parsed = new Map<string, number>();
  const countParsed: Plugin = {
    onParse({ params: { source } }) {
      parsed.set(String(source), (parsed.get(String(source)) ?? 0) + 1);
    },
  };
  const execute = createExecutor(schema, [countParsed]);
  return {
    ask: async (query: string, isAccepted: boolean): Promise<void> => {
      await execute(
        { query },
        {
          loaders: new GatewayError('UNAUTHENTICATED'),
          errors: new ErrorBudget(createErrorAllowance()),
          introspection: createIntrospectionAllowance(),
          mayRegister: () => isAccepted,
          queriesOnly: false,
        },
      );
    },
    timesParsed: (query: string) => parsed.get(query) ?? 0,
  };
}

const text = (n: number): string => `{ __typename } # ${n}`;

it('documents of callers whom LumiNUS has accepted are evicted by such callers alone', async () => {
  const { ask, timesParsed } = open();
  const [one, two] = ['{ __typename } # one', '{ __typename } # two'];
  // The second was first sent by a caller who was not accepted yet.
  await ask(one, true);
  await ask(two, false);
  await ask(two, true);
  for (let n = 0; n < 200; n += 1) {
    await ask(text(n), false);
    await ask(one, true);
    await ask(two, true);
  }
  expect([one, two].map(timesParsed)).toEqual([1, 1]);
});

it.each([
  [MAX_DOCUMENTS - 1, true, 1],
  [MAX_DOCUMENTS, true, 2],
  [MAX_UNACCEPTED - 1, false, 1],
  [MAX_UNACCEPTED, false, 2],
])(
  'after %i others, of callers who are accepted (%j), a document has been parsed %i times',
  async (others, isAccepted, times) => {
    const { ask, timesParsed } = open();
    const first = '{ __typename } # first';
    await ask(first, isAccepted);
    for (let n = 0; n < others; n += 1) await ask(text(n), isAccepted);
    await ask(first, isAccepted);
    expect(timesParsed(first)).toBe(times);
  },
);
