import { defineConfig } from 'vitest/config';

// One file at a time: the browser, the gateway and the page share the machine.
export default defineConfig({ test: { include: ['test/**/*.test.ts'], fileParallelism: false } });
