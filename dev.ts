import { sandbox } from './sandbox/main.ts';
import { SANDBOX_KEY } from './sandbox/server.ts';

/** What differs from `npm start`, unless the environment says otherwise: the first query needs no key and no sign-in. */
const DEFAULTS = {
  UPSTREAM_URL: sandbox?.url ?? '',
  UPSTREAM_SUBSCRIPTION_KEY: SANDBOX_KEY,
  ALLOW_ANONYMOUS: 'true',
  // The sandbox refuses single meetings, not callers.
  UPSTREAM_HOLD: 'off',
  ALLOW_SIMPLE_GET: 'true',
  GRAPHIQL: 'on',
  ADMIN_PORT: '4011',
  LOG_FORMAT: 'pretty',
};

if (sandbox) {
  for (const [name, value] of Object.entries(DEFAULTS)) process.env[name] ||= value;
  await import('./src/start.js');
  if (process.exitCode !== undefined) await sandbox.close();
}
