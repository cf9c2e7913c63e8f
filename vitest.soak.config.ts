import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** What takes too long for every run: `npm run test:soak`. One file at a time, so that nothing else is measured. */
export default defineConfig({
  ...config,
  test: { include: ['test/soak/*.soak.ts'], fileParallelism: false, testTimeout: 180_000 },
});
