import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // One copy of graphql, that of the clients: the gateway runs in a process of its own.
  resolve: {
    alias: [
      {
        find: /^graphql$/,
        replacement: fileURLToPath(new URL('test/clients/node_modules/graphql/index.js', import.meta.url)),
      },
    ],
  },
  test: {
    include: ['test/clients/*.client.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
  },
});
