import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Config } from './config.ts';
import type { TrustedDocuments } from './http/persisted-queries.ts';

// One core is what a gateway usually has: four threads that collect young garbage on it, as V8 would have it, pause it
// for 11 ms, one thread for 3.
setFlagsFromString('--no-parallel-scavenge');

// V8 would let old garbage gather to four times what lives: the process would grow until about 150,000 requests. At
// twice, it is as large as it gets after 50,000, and a sixth smaller.
setFlagsFromString('--heap-growing-percent=100');

// Before anything is loaded: what V8 has compiled once it need not compile at the next start. A place of our own, as
// what others could write would be run.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled'));
const { ConfigError, readConfig } = await import('./config.ts');
const { createLog } = await import('./log.ts');
const { startGateway } = await import('./gateway.ts');
const { readManifest } = await import('./http/persisted-queries.ts');

try {
  const { config, trusted } = readSettings();
  const log = createLog(config.LOG_LEVEL);
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
