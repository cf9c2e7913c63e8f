import type { Environment } from './settings.ts';
import { SETTINGS } from './settings.ts';
import type { Setting } from './values.ts';

/** What a variable is called that names a file with the value of a secret setting. */
const SUFFIX = '_FILE';

/** An environment in which secret settings have the values of the files that were named for them. */
export interface ResolvedEnvironment {
  readonly env: Environment;
  readonly issues: readonly string[];
}

const SECRETS = Object.entries<Setting<unknown>>(SETTINGS).flatMap(([name, { secret }]) =>
  secret === true ? [{ name, variable: name + SUFFIX }] : [],
);

/** Every variable that the gateway reads: the settings, and those that name the file of a secret one. */
export const VARIABLES: readonly string[] = [
  ...Object.keys(SETTINGS),
  ...SECRETS.map(({ variable }) => variable),
];

/**
 * Reads the files that are named for secret settings, each by the variable `NAME_FILE`.
 * The line break at the end of a file is not part of its value: editors write one.
 * @param readFile returns the text of a file. @throws the system's error where it cannot be read.
 */
export function readSecretFiles(env: Environment, readFile: (path: string) => string): ResolvedEnvironment {
  const values: Record<string, string> = {};
  const issues: string[] = [];
  for (const { name, variable } of SECRETS) {
    const path = env[variable];
    if (!path) continue;
    if (env[name]) {
      issues.push(`${name} and ${variable} must not both be set`);
      continue;
    }
    try {
      const value = readFile(path).replace(/\r?\n$/, '');
      if (value === '') issues.push(`${variable} must name a file that is not empty`);
      values[name] = value;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      issues.push(`${variable} must name a file that can be read: ${reason}`);
    }
  }
  return { env: { ...env, ...values }, issues };
}
