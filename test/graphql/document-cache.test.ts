import type { Plugin } from 'graphql-yoga';
import { expect, it } from 'vitest';
import { createExecutor, createIntrospectionAllowance } from '../../src/graphql/execute.ts';
import { MAX_DOCUMENTS } from '../../src/graphql/plugins/document-cache.ts';
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

it.each([
  ['LumiNUS has not accepted', false, 1],
  ['LumiNUS has accepted', true, 2],
])('callers whom %s evict the documents of others: %j', async (_who, isAccepted, times) => {
  const { ask, timesParsed } = open();
  const first = '{ __typename } # of another';
  await ask(first, false);
  for (let n = 1; n < MAX_DOCUMENTS; n += 1) await ask(text(n), isAccepted);
  await ask(first, false);
  expect(timesParsed(first)).toBe(1);
  for (let n = 0; n < MAX_DOCUMENTS; n += 1) await ask(text(MAX_DOCUMENTS + n), isAccepted);
  await ask(first, false);
  expect(timesParsed(first)).toBe(times);
});
