import { defineConfig } from 'vitest/config';

export default defineConfig({
  // One file at a time: the browser, the gateway and the page share the machine, which may have little to spare.
  test: {
    include: ['test/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
