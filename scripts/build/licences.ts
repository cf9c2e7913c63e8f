import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageOf } from './packages.ts';

/** Files in which packages keep what they must be distributed with. */
const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

/**
 * Returns the licence texts of all packages that have a module in the bundle, ordered by name.
 * @throws Error when a package names no licence.
 */
export async function collectLicences(moduleIds: readonly string[]): Promise<string> {
  const directories = new Set(moduleIds.flatMap(id => packageOf(id)?.directory ?? []));
  const sections = await Promise.all([...directories].map(readLicence));
  // npm may install a version in several places.
  return `The gateway contains these packages.\n\n${[...new Set(sections)].toSorted().join('\n')}`;
}

async function readLicence(directory: string): Promise<string> {
  const { name, version, license, author } = JSON.parse(
    await readFile(join(directory, 'package.json'), 'utf8'),
  );
  if (typeof license !== 'string') throw new Error(`${name} names no licence`);
  const files = (await readdir(directory)).filter(file => LICENCE_FILE.test(file)).toSorted();
  const texts = await Promise.all(files.map(file => readFile(join(directory, file), 'utf8')));
  const body = texts.map(text => text.trim()).join('\n\n') || `Copyright ${author?.name ?? author ?? name}`;
  return `${'-'.repeat(80)}\n${name} ${version} (${license})\n\n${body}\n`;
}
