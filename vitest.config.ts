import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // One copy of graphql: without this, tests would see another one than the libraries do.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  // Most of the time is spent waiting for sockets: two files go side by side also where there are only two cores.
  // What hangs is given up only when also a busy machine would long be done: what takes 1 s may take 5 there.
  test: { include: ['test/**/*.test.ts'], maxWorkers: 2, testTimeout: 60_000, hookTimeout: 60_000 },
});
