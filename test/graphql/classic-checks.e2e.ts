import { getIntrospectionQuery } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../sandbox/server.ts';
import type { HttpAnswer } from '../support/http.ts';
import { HELLO, postBody, send } from '../support/http.ts';
import type { Program } from '../support/process.ts';
import { LISTENING, startGatewayProgram } from '../support/process.ts';
import { CREDENTIALS } from '../support/world.ts';

/*
 * What a scanner tries on any GraphQL endpoint (graphql-cop's twelve), against `npm start` with nothing set but where
 * the upstream is. Its own criterion for "vulnerable" is data in the answer where there should be none.
 */
let sandbox: Sandbox;
let program: Program;
let url: string;
beforeAll(async () => {
  sandbox = await startSandbox();
  program = startGatewayProgram({ UPSTREAM_URL: sandbox.url });
  [, url = ''] = await program.says(LISTENING);
  return async () => {
    await program[Symbol.asyncDispose]();
    await sandbox.close();
  };
});

const ask = (query: string, headers: Readonly<Record<string, string>> = {}) =>
  postBody(url, JSON.stringify({ query }), headers);

function isRefused({ text }: HttpAnswer): void {
  expect(text).toContain('"errors"');
  expect(text).not.toContain('"data"');
}

describe('a scanner that tries', () => {
  it('alias overload', async () => {
    const aliases = Array.from({ length: 101 }, (_, n) => `alias${n}: __typename`);
    isRefused(await ask(`query cop { ${aliases.join(' ')} }`));
  });

  it('array batching', async () => {
    isRefused(await postBody(url, `[${Array(10).fill(HELLO).join(',')}]`));
  });

  it('directive overload', async () => {
    isRefused(await ask(`query cop { __typename ${'@aa'.repeat(10)} @aa }`));
    const { text } = await ask(`query cop { __typename ${'@aa'.repeat(500)} }`);
    expect(JSON.parse(text).errors).toHaveLength(1);
  });

  it('circular introspection', async () => {
    const circle =
      'fields { name type { fields { name type { fields { name type { fields { name } } } } } } }';
    isRefused(await ask(`query cop { __schema { types { name ${circle} } } }`));
  });

  it('field duplication', async () => {
    isRefused(await ask(`query cop { ${'__typename \n'.repeat(500)} }`));
  });

  it('field suggestions', async () => {
    const answer = await ask('query cop { __schema { directive } }');
    isRefused(answer);
    expect(answer.text).not.toMatch(/did you mean/i);
  });

  it('a query by GET', async () => {
    const answer = await send(`${url}?query=query+cop{__typename}`);
    isRefused(answer);
    expect(answer.status).toBe(400);
  });

  it('a mutation by GET', async () => {
    const answer = await send(`${url}?query=mutation+cop{__typename}`, { headers: CREDENTIALS });
    isRefused(answer);
    expect(answer.status).toBe(405);
  });

  it('a form-encoded POST', async () => {
    const answer = await send(url, {
      method: 'POST',
      headers: CREDENTIALS,
      body: new URLSearchParams({ query: 'query cop { __typename }' }),
    });
    isRefused(answer);
    expect(answer.status).toBe(415);
  });

  it('GraphiQL', async () => {
    for (const path of ['/', '/graphql', '/graphiql', '/playground', '/console', '/v1/graphql', '/altair']) {
      const answer = await send(new URL(path, url), { headers: { accept: 'text/html' } });
      isRefused(answer);
      expect(answer.text).not.toMatch(/graphiql|playground|<html/i);
    }
  });

  it('introspection', async () => {
    isRefused(await ask('query cop { __schema { types { name fields { name } } } }'));
    isRefused(await ask(getIntrospectionQuery()));
  });

  it('tracing', async () => {
    for (const headers of [{}, { 'x-apollo-tracing': '1', 'apollo-federation-include-trace': 'ftv1' }]) {
      const { text } = await ask('query cop { __typename }', headers);
      expect(JSON.parse(text)).toEqual({ data: { __typename: 'Query' } });
    }
  });

  it('unhandled errors', async () => {
    for (const query of ['qwerty cop { abc }', '{ a', 'query cop { abc }', '']) {
      const answer = await ask(query);
      isRefused(answer);
      expect(answer.text).not.toMatch(/exception|stack|node_modules|\.ts\b|\bat .*:\d+:\d+/i);
    }
  });

  it('is a client like any other in the log: one line for each try, and no error', async () => {
    program.child.kill('SIGTERM');
    await program.exit;
    const lines = program
      .output()
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lines.filter(({ msg }) => msg === 'request').length).toBeGreaterThan(20);
    expect(lines.filter(({ level }) => level > 30)).toEqual([]);
  });
});
