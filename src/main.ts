import { readFileSync } from 'node:fs';
import type { MisspelledSetting } from './config/misspelled-settings.ts';
import { findMisspelledSettings } from './config/misspelled-settings.ts';
import type { Config } from './config/settings.ts';
import { ConfigError, readConfig, SETTINGS } from './config/settings.ts';
import { startGateway } from './gateway.ts';
import { ManifestError, readManifest } from './graphql/plugins/manifest.ts';
import type { TrustedDocuments } from './graphql/plugins/persisted-operations.ts';
import type { LogTarget } from './observability/log-output.ts';
import { createLog } from './observability/logger.ts';
import { schema } from './schema/index.ts';

/** Milliseconds that idle connections stay open after a signal: a request may be under way on them. */
const LINGER = 2_000;

/** Milliseconds after the longest request when the process ends, whatever still runs: clients, the upstream or the log. */
const GRACE = 5_000;

try {
  const { config, trusted } = readSettings();
  const log = createLog(config.LOG_LEVEL, logTarget());
  process.prependListener('exit', () => log.end());
  const gateway = await startGateway({ config, log, trusted });
  log.info(
    { url: gateway.url, upstream: config.UPSTREAM_URL.origin, graphiql: config.GRAPHIQL },
    'listening',
  );
  for (const found of misspelled()) log.warn({ ...found }, 'a variable looks like a setting and is none');

  const stop = (signal: string): void => {
    log.info({ signal }, 'stopping: finishing what runs');
    setTimeout(() => {
      log.warn({}, 'stopped before all was finished');
      process.exit(0);
    }, config.REQUEST_TIMEOUT_MS + GRACE).unref();
    void gateway.close(LINGER).then(() => {
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
    return readManifest(readFileSync(file, 'utf8'), schema);
  } catch (error) {
    const faults =
      error instanceof ManifestError ? error.faults : [error instanceof Error ? error.message : 'unknown'];
    throw new ConfigError(
      faults.map(fault => `PERSISTED_DOCUMENTS must be a manifest that can be used: ${fault}`),
    );
  }
}

function misspelled(): readonly MisspelledSetting[] {
  return findMisspelledSettings(process.env, Object.keys(SETTINGS));
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) {
    const hints = misspelled().map(({ variable, nearest }) => `${variable} is no setting; ${nearest} is`);
    return new ConfigError([...error.faults, ...hints]).message;
  }
  if (error instanceof Error && 'code' in error) return `Not started: ${error.message}.`;
  return `Not started: ${error instanceof Error ? error.stack : String(error)}`;
}
