import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The folder of the checkout that this file belongs to. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Checks out a git ref into a new folder and installs its packages.
 * @param ref a git ref, or the folder of a checkout whose packages are installed, which is taken as it is.
 * @param parent folder in which the checkout is made; whoever made it removes it.
 * @returns the folder of the checkout.
 * @throws Error with what git or npm said.
 */
export async function checkOut(ref: string, parent: string): Promise<string> {
  if (existsSync(join(ref, 'node_modules'))) return resolve(ref);
  const { stdout } = await run('git', ['rev-parse', '--verify', `${ref}^{commit}`], { cwd: ROOT });
  const commit = stdout.trim();
  const folder = join(parent, commit);
  // A clone rather than a work tree of this repository: nothing of it is left where the run is interrupted.
  await run('git', ['clone', '--quiet', '--shared', '--no-checkout', ROOT, folder]);
  await run('git', ['checkout', '--quiet', '--detach', commit], { cwd: folder });
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder });
  return folder;
}

/** What the start script of a checkout gives to node: its options, and the entry point. */
export function startArguments(folder: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const words = String(scripts.start).split(' ');
  return words.slice(words.indexOf('node') + 1);
}
