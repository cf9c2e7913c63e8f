import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // One copy of graphql: without this, tests would load a different copy than the libraries do.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    include: ['test/**/*.test.ts'],
    // Tests mostly wait for sockets: two files run in parallel even where there are only two cores.
    maxWorkers: 2,
    // The files of a worker share their modules, which takes 40% off the CPU time of all tests. No test replaces a module.
    isolate: false,
    // Tests that start processes run side by side, as many as two cores can start without being late.
    maxConcurrency: 3,
    // A hanging test is given up only when a busy machine would have finished it: what takes 1 s may take 5 s there.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
