import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** The tests of `npm test` and of `npm run test:e2e`, with what they cover: `npm run coverage`. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: ['test/**/*.{test,e2e}.ts'],
    coverage: {
      enabled: true,
      include: ['src/**/*.ts'],
      // What only runs in a process of its own is not counted: the entries, and what they alone load.
      exclude: [
        'src/main.ts',
        'src/cli/**',
        'src/config/live-settings.ts',
        'src/observability/pretty-format.ts',
      ],
      reporter: ['text-summary', 'html'],
      // What is covered today, less half a percent: a few lines run only on a busy machine.
      thresholds: { statements: 96.8, branches: 92.4, functions: 97.4, lines: 97.5 },
    },
  },
});
