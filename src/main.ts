import { readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import gatewayPackage from '../package.json' with { type: 'json' };
import { watchSettings } from './config/live-settings.ts';
import { ConfigError, loadSettings } from './config/load.ts';
import { SECRET_FIELDS, startGateway } from './gateway.ts';
import { readManifest } from './graphql/plugins/manifest.ts';
import type { LogTarget } from './observability/log-output.ts';
import { createLog } from './observability/logger.ts';
import type { FormatLine } from './observability/pretty-format.ts';
import { schema } from './schema/index.ts';

/** Milliseconds that idle connections stay open after a signal: a request may be under way on them. */
const LINGER = 2_000;

/** Milliseconds after the end of draining and the longest request when the process ends, whatever still runs: clients, the upstream or the log. */
const GRACE = 5_000;

/** How many times the requests in progress must fit into the heap: all else needs it, too. */
const HEAP_PER_REQUESTS = 4;

/** Milliseconds in which a signal may come twice: npm passes on the one that its process group has received. */
const SAME_SIGNAL = 500;

try {
  const files = {
    readFile: (path: string) => readFileSync(path, 'utf8'),
    parseManifest: (text: string) => readManifest(text, schema),
  };
  const loaded = loadSettings(process.env, files);
  const { config, misspelled } = loaded;
  const log = createLog({
    level: config.LOG_LEVEL,
    secretFields: SECRET_FIELDS,
    target: logTarget(),
    format: config.LOG_FORMAT === 'pretty' ? await prettyFormat() : undefined,
  });
  process.prependListener('exit', () => log.end());
  const live = watchSettings(process.env, files, loaded, {
    onReload: () =>
      log.info({}, 'a file changed: the subscription key and the manifest have been read again'),
    onRejected: issues =>
      log.error({ issues }, 'a file changed and cannot be used: the values of before stay'),
  });
  const gateway = await startGateway({
    config,
    log,
    live,
    requestBytes: Math.floor(getHeapStatistics().heap_size_limit / HEAP_PER_REQUESTS),
    openFiles: openFileLimit(),
    runtime: { process, version: gatewayPackage.version, droppedLogLines: log.droppedLines },
  });
  const { adminUrl: admin } = gateway;
  log.info(
    {
      url: gateway.url,
      ...(admin === null ? {} : { admin }),
      upstream: config.UPSTREAM_URL.origin,
      graphiql: config.GRAPHIQL,
    },
    'listening',
  );
  for (const found of misspelled) log.warn({ ...found }, 'a variable resembles a setting, but is not one');

  /** Ends the process whatever still runs; its exit status says whether that cut anything off. */
  const end = (): void => {
    const unfinished = gateway.unfinished();
    const isCut = unfinished.connections > 0;
    if (isCut) log.warn({ ...unfinished }, 'stopped: requests in progress were cut off');
    else log.info({}, 'stopped');
    process.exit(isCut ? 1 : 0);
  };
  const stop = (signal: string): void => {
    // Whoever presses Ctrl+C does not want to wait, and no balancer has to notice.
    const drain = signal === 'SIGTERM' ? config.DRAIN_MS : 0;
    log.info({ signal, drainMs: drain }, 'stopping: finishing the requests in progress');
    setTimeout(end, drain + config.REQUEST_TIMEOUT_MS + GRACE).unref();
    void gateway.close({ drain, linger: LINGER }).then(async () => {
      log.info({}, 'stopped');
      await log.flush();
      // A retry of an export of spans may still be pending, and would delay the end by seconds.
      process.exit(0);
    });
  };
  let stoppedAt: number | undefined;
  const onSignal = (signal: string): void => {
    if (stoppedAt === undefined) {
      stoppedAt = performance.now();
      stop(signal);
    } else if (performance.now() - stoppedAt > SAME_SIGNAL) {
      end();
    }
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

/** How many files the process may open; Linux alone tells. */
function openFileLimit(): number {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return Number(soft ?? Number.POSITIVE_INFINITY);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Standard output. Where that is a pipe or a socket, Node makes it non-blocking when it is first accessed. */
function logTarget(): LogTarget {
  // When nobody reads standard error either, there is nobody left to warn.
  process.stderr.on('error', () => {});
  return { fd: process.stdout.fd, warn: sentence => process.stderr.write(`${sentence}\n`) };
}

/** @throws ConfigError where lines cannot be formatted. */
async function prettyFormat(): Promise<FormatLine> {
  const { loadPrettyFormat } = await import('./observability/pretty-format.ts');
  const format = await loadPrettyFormat(process.stdout.isTTY);
  if (format !== null) return format;
  throw new ConfigError([
    'LOG_FORMAT must be json where pino-pretty is not installed: it is a development dependency',
  ]);
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof Error && 'code' in error) return `Not started: ${error.message}.`;
  return `Not started: ${error instanceof Error ? error.stack : String(error)}`;
}
