import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // One copy of graphql: without this, tests would see another one than the libraries do.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  // The first test of a file loads a composer and starts a gateway, on machines with little to spare too.
  test: { include: ['test/**/*.test.ts'], testTimeout: 30_000 },
});
