import { expect, it } from 'vitest';
import { BUNDLE, importing, startGatewayProgram } from '../support/process.ts';

const SECRET = 'a secret of at least thirty-two characters';

// The bundle has the client in a chunk of its own, under a name that says nothing.
it.runIf(BUNDLE === undefined).each([
  [{}, false],
  [{ REDIS_URL: 'redis://127.0.0.1:1', CALLER_ID_SECRET: SECRET }, true],
] as const)('the client of Redis is loaded only with REDIS_URL: %j', async (env, isLoaded) => {
  const tell = `import { createRequire } from 'node:module';
    process.on('exit', () => console.error('ioredis', Object.keys(createRequire('file:///').cache).some(name => name.includes('ioredis')), '.'));`;
  await using program = startGatewayProgram({
    ...env,
    ...importing(tell),
  });
  await program.says(/"url":"http:/);
  program.child.kill('SIGTERM');
  const [, loaded] = await program.says(/ioredis (\w+) \./);
  expect(loaded).toBe(String(isLoaded));
});
