import { readFileSync } from 'node:fs';
import gatewayPackage from '../../package.json' with { type: 'json' };

/** How a script of package.json starts the gateway. */
export interface StartCommand {
  /** Variables that are set on the command line. */
  readonly env: Readonly<Record<string, string>>;
  /** What Node is given, but for the file. */
  readonly options: readonly string[];
}

/** Reads a start script. A developer's own .env is left out: it is no part of what is measured. */
export function startCommandOf(script: 'start' | 'start:small'): StartCommand {
  const words = gatewayPackage.scripts[script].split(' ');
  const node = words.indexOf('node');
  return {
    env: Object.fromEntries(
      words
        .slice(0, node)
        .filter(word => word.includes('='))
        .map(word => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
    ),
    options: words.slice(node + 1, -1).filter(word => !word.startsWith('--env-file')),
  };
}

/** What the container image gives to Node, but for the file: the last entry point of the Dockerfile. */
export function imageOptions(): readonly string[] {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const [, entrypoint = '[]'] = [...dockerfile.matchAll(/^ENTRYPOINT (\[.*\])$/gm)].at(-1) ?? [];
  const words: string[] = JSON.parse(entrypoint);
  return words.slice(1, -1);
}
