import { expect, test } from 'vitest';
import { type Program, startProgram } from '../../../test/support/process.ts';

/** Starts the example as `npm run example:app` does. It is asked to end, not killed, so that it ends its gateway too. */
function startExample(port = '0'): Program {
  const example = startProgram(['examples/campus-app/start.ts'], {
    SANDBOX_PORT: '0',
    PORT: port,
    PAGE_PORT: '0',
  });
  return {
    ...example,
    async [Symbol.asyncDispose]() {
      example.child.kill('SIGTERM');
      await example.exit;
    },
  };
}

test('one command serves the page and the graph from one origin', async () => {
  await using example = startExample();
  const [, page = ''] = await example.says(/Campus app: (\S+)/);
  const html = await fetch(page, { headers: { accept: 'text/html' } });
  expect(await html.text()).toContain('Your week on Zoom');
  const answer = await fetch(new URL('/graphql', page), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer demo' },
    body: JSON.stringify({ query: '{ __typename }' }),
  });
  expect(await answer.json()).toEqual({ data: { __typename: 'Query' } });
});

test.for(['SIGTERM', 'SIGINT'] as const)('%s ends all of it', async signal => {
  await using example = startExample();
  const [, gateway = ''] = await example.says(/Gateway: (\S+)/);
  example.child.kill(signal);
  expect(await example.exit).toBe(0);
  await expect(fetch(gateway)).rejects.toThrow();
});

test('a port that is taken is told', async () => {
  await using first = startExample();
  const [, port = ''] = await first.says(/Gateway: http:\/\/[^:]+:(\d+)/);
  await using second = startExample(port);
  expect(await second.exit).toBe(1);
  expect(second.output()).toContain('Not started: The gateway did not start.');
});
