import { watchFile } from 'node:fs';
import type { FileReaders, LoadedSettings } from './load.ts';
import { ConfigError, loadSettings } from './load.ts';
import type { Environment } from './settings.ts';

/** Milliseconds between two looks at a file. */
const INTERVAL = 1_000;

/** Variables that name files which are read again when they change. */
const WATCHED = ['PERSISTED_DOCUMENTS', 'UPSTREAM_SUBSCRIPTION_KEY_FILE'] as const;

/** Values that can change while the gateway runs: read them where they are used, for each request. */
export interface LiveSettings<Documents> {
  /** The only operations that may run; null for any. */
  readonly trusted: Documents | null;
  /** The gateway's own subscription key; null if it has none. */
  readonly subscriptionKey: string | null;
}

/** Who is told of a file that changed. */
export interface ReloadListener {
  /** Both files have been read, and the new values are in use. */
  readonly onReload: () => void;
  /** The values of before stay in use. Each issue names its variable, and never repeats a value. */
  readonly onRejected: (issues: readonly string[]) => void;
}

/**
 * Watches the files of PERSISTED_DOCUMENTS and UPSTREAM_SUBSCRIPTION_KEY_FILE, and keeps their values up to date. Files
 * are polled: a ConfigMap or a Secret of Kubernetes changes by a symbolic link above it, of which no event tells.
 * It does not keep the process alive. What is named must have been loaded from the same environment before.
 */
export function watchSettings<Documents>(
  env: Environment,
  files: FileReaders<Documents>,
  loaded: LoadedSettings<Documents>,
  { onReload, onRejected }: ReloadListener,
): LiveSettings<Documents> {
  const live = valuesOf(loaded);
  const reload = (): void => {
    try {
      Object.assign(live, valuesOf(loadSettings(env, files)));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      onRejected(error.issues);
      return;
    }
    onReload();
  };
  for (const path of WATCHED.flatMap(name => env[name] || []))
    watchFile(path, { interval: INTERVAL, persistent: false }, reload);
  return live;
}

function valuesOf<Documents>({ config, trusted }: LoadedSettings<Documents>): LiveSettings<Documents> {
  return { trusted, subscriptionKey: config.UPSTREAM_SUBSCRIPTION_KEY };
}
