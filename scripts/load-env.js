import { existsSync } from 'node:fs';

// For `npm run dev`: with --env-file-if-exists, node --watch of Node 24 aborts when it is sent a signal.
if (existsSync('.env')) process.loadEnvFile('.env');
