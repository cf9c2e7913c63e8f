import { globSync, readFileSync } from 'node:fs';
import config from './vitest.config.ts';

/** The tests that start the gateway as a process: `npm run test:bundle` runs them against the bundle. */
const processTests = globSync('test/**/*.{test,e2e}.ts').filter(file =>
  readFileSync(file, 'utf8').includes('startGatewayProgram('),
);

export default {
  ...config,
  test: {
    ...config.test,
    include: processTests,
    globalSetup: 'test/support/build.ts',
    env: { GATEWAY_BUNDLE: 'dist/gateway.js' },
  },
};
