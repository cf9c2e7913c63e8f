import type { FileReaders } from '../../config/load.ts';
import { ConfigError, loadSettings } from '../../config/load.ts';
import { VARIABLES } from '../../config/secret-files.ts';
import type { Config, Environment } from '../../config/settings.ts';
import type { Finding } from '../check.ts';
import { failed, passed, warning } from '../check.ts';

/** The settings, and what was found of them; null where they cannot be used. */
export interface CheckedSettings {
  readonly config: Config | null;
  readonly finding: Finding;
}

/** Checks the settings as a start of the gateway does, but for the content of the manifest, which has its own check. */
export function checkSettings(env: Environment, files: FileReaders<unknown>): CheckedSettings {
  try {
    const { config, misspelled } = loadSettings({ ...env, PERSISTED_DOCUMENTS: undefined }, files);
    const names = VARIABLES.filter(name => env[name]);
    const set = names.length === 0 ? 'all defaults' : `set: ${names.join(', ')}`;
    if (misspelled.length === 0) return { config, finding: passed(`valid; ${set}`) };
    const pairs = misspelled.map(({ variable, nearest }) => `${variable} (did you mean ${nearest}?)`);
    const finding = warning(
      `valid, but these variables are not settings and have no effect: ${pairs.join(', ')}`,
      'Correct their names, or remove them.',
    );
    return { config, finding };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const finding = failed(
      `the gateway does not start with them; ${error.issues.length} to correct`,
      'Correct these; docs/reference.md describes every setting:',
      error.issues,
    );
    return { config: null, finding };
  }
}
