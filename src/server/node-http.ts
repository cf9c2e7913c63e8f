import { createRequire } from 'node:module';

/**
 * Node's HTTP module. With an import, Node would evaluate everything the module exports and load its own undici for two of
 * these exports: a tenth of the time to start.
 */
export const { createServer, STATUS_CODES }: typeof import('node:http') = createRequire(import.meta.url)(
  'node:http',
);
