import { readFileSync } from 'node:fs';
import { ConfigError, readConfig } from './config.ts';
import { startGateway } from './gateway.ts';
import type { TrustedDocuments } from './http/persisted-queries.ts';
import { readManifest } from './http/persisted-queries.ts';
import { createLog } from './log.ts';

try {
  const config = readConfig(process.env);
  const log = createLog(config.LOG_LEVEL);
  const gateway = await startGateway({ config, log, trusted: readTrusted(config.PERSISTED_DOCUMENTS) });
  log.info(
    { url: gateway.url, upstream: config.UPSTREAM_URL.origin, graphiql: config.GRAPHIQL },
    'listening',
  );

  const stop = (signal: string): void => {
    log.info({ signal }, 'stopping: finishing what runs');
    void gateway.close().then(() => log.info({}, 'stopped'));
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

function readTrusted(file: string | null): TrustedDocuments | null {
  if (file === null) return null;
  try {
    return readManifest(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason =
      error instanceof SyntaxError ? 'it is not JSON' : error instanceof Error ? error.message : '';
    throw new ConfigError([`PERSISTED_DOCUMENTS must be a manifest that can be read: ${reason}`]);
  }
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof Error && 'code' in error) return `Not started: ${error.message}.`;
  return `Not started: ${error instanceof Error ? error.stack : String(error)}`;
}
