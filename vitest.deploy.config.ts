import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/**
 * Deployments with real proxies: `npm run test:deploy`. Scenarios mostly wait, so all files run side by side.
 */
export default defineConfig({
  ...config,
  test: {
    include: ['test/deploy/*.deploy.ts'],
    maxWorkers: 4,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
