import { readFileSync } from 'node:fs';
import type { Config } from './config.ts';
import { ConfigError, readConfig } from './config.ts';
import { startGateway } from './gateway.ts';
import type { TrustedDocuments } from './http/persisted-queries.ts';
import { readManifest } from './http/persisted-queries.ts';
import { createLog } from './log.ts';
import type { LogTarget } from './log-output.ts';

try {
  const { config, trusted } = readSettings();
  const log = createLog(config.LOG_LEVEL, logTarget());
  process.prependListener('exit', () => log.end());
  const gateway = await startGateway({ config, log, trusted });
  log.info(
    { url: gateway.url, upstream: config.UPSTREAM_URL.origin, graphiql: config.GRAPHIQL },
    'listening',
  );

  const stop = (signal: string): void => {
    log.info({ signal }, 'stopping: finishing what runs');
    void gateway.close().then(() => {
      log.info({}, 'stopped');
      return log.flush();
    });
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

/** Standard output. Where that is a pipe or a socket, Node has it not block once it is looked at. */
function logTarget(): LogTarget {
  // When nobody reads that either, there is nobody left to tell.
  process.stderr.on('error', () => {});
  return { fd: process.stdout.fd, warn: sentence => process.stderr.write(`${sentence}\n`) };
}

/** Reads what the process is told, and the file it names. @throws ConfigError with the faults of both. */
function readSettings(): { readonly config: Config; readonly trusted: TrustedDocuments | null } {
  const faults: string[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  };
  const config = attempt(() => readConfig(process.env));
  const trusted = attempt(() => readTrusted(process.env['PERSISTED_DOCUMENTS'] || null));
  if (config === undefined || trusted === undefined) throw new ConfigError(faults);
  return { config, trusted };
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
