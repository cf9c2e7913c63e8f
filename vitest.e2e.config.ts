import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** Whole processes, pages in a browser, and sweeps over everything that can be asked: `npm run test:e2e`. */
export default defineConfig({
  ...config,
  test: { ...config.test, include: ['test/**/*.e2e.ts'] },
});
