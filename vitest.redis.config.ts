import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** Replicas in processes of their own on one Redis: `npm run test:redis`. It takes three minutes. */
export default defineConfig({
  ...config,
  test: {
    include: ['test/redis/*.test.ts', 'test/redis/*.redis.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
  },
});
