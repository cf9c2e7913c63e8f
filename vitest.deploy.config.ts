import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** Files that build images, which takes all cores. */
const BUILDS = ['test/deploy/image.deploy.ts'];

const shared = { testTimeout: 600_000, hookTimeout: 600_000 };

/** Deployments with real proxies: `npm run test:deploy`. */
export default defineConfig({
  ...config,
  test: {
    projects: [
      {
        ...config,
        test: {
          ...shared,
          name: 'load',
          include: ['test/deploy/*.deploy.ts'],
          exclude: BUILDS,
          // They mostly wait: all files run side by side.
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      // Not beside the others: under a load, they would find a machine that is too busy to answer.
      { ...config, test: { ...shared, name: 'builds', include: BUILDS, sequence: { groupOrder: 1 } } },
    ],
  },
});
