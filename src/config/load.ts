import { InvalidInputError } from '../lib/invalid-input-error.ts';
import type { ReadValues } from './cross-field-rules.ts';
import { crossFieldRules } from './cross-field-rules.ts';
import type { MisspelledSetting } from './misspelled-settings.ts';
import { findMisspelledSettings } from './misspelled-settings.ts';
import { readSecretFiles, VARIABLES } from './secret-files.ts';
import type { Config, Environment } from './settings.ts';
import { SETTINGS } from './settings.ts';
import type { Setting } from './values.ts';

/** Settings that cannot be used. */
export class ConfigError extends InvalidInputError {
  override readonly name = 'ConfigError';

  constructor(issues: readonly string[]) {
    super(`Not started. Please correct:\n${issues.map(issue => `  ${issue}`).join('\n')}`, issues);
  }
}

/** How the files that settings name become values. */
export interface FileReaders<Documents> {
  /** Returns the text of a file. @throws the system's error where it cannot be read. */
  readonly readFile: (path: string) => string;
  /** Parses the manifest of trusted documents. @throws InvalidInputError */
  readonly parseManifest: (text: string) => Documents;
}

/** All that a process starts with. */
export interface LoadedSettings<Documents> {
  readonly config: Config;
  /** The content of the file that PERSISTED_DOCUMENTS names; null where it names none. */
  readonly trusted: Documents | null;
  /** Variables that look like settings. */
  readonly misspelled: readonly MisspelledSetting[];
}

/**
 * Loads the settings from an environment and the files it names.
 * @throws ConfigError that lists every issue of both, and variables that may be misspelled settings.
 */
export function loadSettings<Documents>(
  env: Environment,
  files: FileReaders<Documents>,
): LoadedSettings<Documents> {
  const resolved = readSecretFiles(env, files.readFile);
  const config = collectIssues(() => readConfig(resolved.env));
  const trusted = collectIssues(() => readTrusted(env['PERSISTED_DOCUMENTS'] || null, files));
  const misspelled = findMisspelledSettings(env, VARIABLES);
  if (resolved.issues.length > 0 || 'issues' in config || 'issues' in trusted) {
    const issues = [resolved, config, trusted].flatMap(result => ('issues' in result ? result.issues : []));
    const hints = misspelled.map(({ variable, nearest }) => `${variable} is no setting; ${nearest} is`);
    throw new ConfigError([...issues, ...hints]);
  }
  return { config: config.value, trusted: trusted.value, misspelled };
}

/**
 * Reads the settings from an environment.
 * @throws ConfigError that lists every issue.
 */
export function readConfig(env: Environment): Config {
  const issues: string[] = [];
  const read = <T>(name: string, { default: fallback, read: parse }: Setting<T>): T | undefined => {
    const text = env[name] || fallback;
    try {
      return parse(text ?? '');
    } catch (reason) {
      issues.push(`${name} must be ${String(reason)}`);
      return undefined;
    }
  };
  const values = Object.fromEntries(
    Object.entries(SETTINGS).map(([name, one]) => [name, read<unknown>(name, one)]),
  );
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    issues.push('NODE_TLS_REJECT_UNAUTHORIZED must not be 0: whoever is on the way could read credentials');
  }
  // Each value was read by the setting of its name.
  const config = Object.freeze(values) as ReadValues;
  for (const { issue, isBroken } of crossFieldRules) if (isBroken(config)) issues.push(issue);
  if (issues.length > 0) throw new ConfigError(issues);
  // None is missing: each that could not be read would be an issue.
  return config as Config;
}

function readTrusted<Documents>(
  path: string | null,
  { readFile, parseManifest }: FileReaders<Documents>,
): Documents | null {
  if (path === null) return null;
  try {
    return parseManifest(readFile(path));
  } catch (error) {
    const issues =
      error instanceof InvalidInputError
        ? error.issues
        : [error instanceof Error ? error.message : 'unknown'];
    throw new ConfigError(
      issues.map(issue => `PERSISTED_DOCUMENTS must be a manifest that can be used: ${issue}`),
    );
  }
}

function collectIssues<T>(read: () => T): { readonly value: T } | { readonly issues: readonly string[] } {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof ConfigError) return { issues: error.issues };
    throw error;
  }
}
