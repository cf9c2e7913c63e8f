import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** Replicas in processes of their own on one Redis: `npm run test:redis`. It takes minutes, and needs the machine for itself. */
export default defineConfig({
  ...config,
  test: {
    include: ['test/redis/*.test.ts', 'test/redis/*.redis.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
  },
});
