import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** Files that start several containers, or build images: each alone takes what two cores have. */
const CONTAINERS = ['test/deploy/compose.deploy.ts', 'test/deploy/image.deploy.ts'];

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
          name: 'processes',
          include: ['test/deploy/*.deploy.ts'],
          exclude: CONTAINERS,
          // They mostly wait: all files run side by side.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...config,
        test: {
          ...shared,
          name: 'containers',
          include: CONTAINERS,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
