import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // One copy of graphql: without this, tests would see another one than the libraries do.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  // Most of the time is spent waiting for sockets: two files go side by side also where there are only two cores.
  test: { include: ['test/**/*.test.ts'], maxWorkers: 2 },
});
