import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import gatewayPackage from '../../package.json' with { type: 'json' };
import { compile } from './compile.ts';
import { collectLicences } from './licences.ts';
import { packageOf } from './packages.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Each program of the bundle, and the module it starts with. What they import dynamically becomes a file of its own. */
const ENTRIES = { gateway: 'src/main.ts' };

/** Packages that are used where they are installed, and are not part of the gateway. */
const DEVELOPMENT_ONLY = ['pino-pretty'];

/** Packages that compare by class: a second copy, or one copy in two module formats, would break the gateway. */
const SINGLE_COPY = ['graphql'];

/**
 * Bundles the gateway with all that it imports. Same inputs give the same bytes.
 * @param out the directory; a relative path starts at the root of the repository. What is in it is deleted first.
 * @throws Error when a package has no licence, or is in the bundle twice and may not be.
 */
export async function build(out: string): Promise<void> {
  const directory = resolve(ROOT, out);
  const bundle = await rolldown({ cwd: ROOT, input: ENTRIES, platform: 'node', external: DEVELOPMENT_ONLY });
  const { output } = await bundle.generate({
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: ({ moduleIds }) => `${nameOfChunk(moduleIds)}.js`,
  });
  await bundle.close();
  const modules = output.flatMap(file => (file.type === 'chunk' ? file.moduleIds : []));
  for (const name of SINGLE_COPY) checkSingleCopy(name, modules);

  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const file of output)
    await writeFile(join(directory, file.fileName), file.type === 'chunk' ? file.code : file.source);
  await writeFile(join(directory, 'THIRD-PARTY-LICENSES.txt'), await collectLicences(modules));
  await cp(join(ROOT, 'LICENSE'), join(directory, 'LICENSE'));
  const { name, version, license, type } = gatewayPackage;
  await writeFile(
    join(directory, 'package.json'),
    `${JSON.stringify({ name, version, license, type }, null, 2)}\n`,
  );
  await compile(directory);
}

/** The package or the file of ours that a lazily loaded part begins with, as its last module imports the others. */
function nameOfChunk(moduleIds: readonly string[]): string {
  const last = moduleIds.at(-1) ?? 'shared';
  const name = packageOf(last)?.name ?? last.slice(last.lastIndexOf('/') + 1).replace(/\.[^.]+$/, '');
  return name.replaceAll(/[^\w-]+/g, '-').replace(/^-/, '');
}

/** @throws Error when the modules have a package from two directories, or in two module formats. */
function checkSingleCopy(name: string, modules: readonly string[]): void {
  const own = modules.filter(id => packageOf(id)?.name === name);
  const directories = new Set(own.map(id => packageOf(id)?.directory));
  const formats = new Set(own.map(id => id.slice(id.lastIndexOf('.'))));
  if (directories.size !== 1 || formats.size !== 1) {
    throw new Error(
      `the bundle must have one copy of ${name}: it has ${[...directories].join(', ')} as ${[...formats].join(' and ')}`,
    );
  }
}
