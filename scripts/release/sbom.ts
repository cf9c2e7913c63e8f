import { execFileSync } from 'node:child_process';

/** Licences that a package of the bundle may have: none of them asks for more than its notice. */
export const ALLOWED_LICENCES: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
];

/** What is read of a CycloneDX document; a `bom-ref` is a name and a version. */
export interface Sbom {
  readonly components: readonly { readonly 'bom-ref': string }[];
  readonly dependencies: readonly { readonly ref: string }[];
}

/** What is read of a lock file. */
export interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly dev?: boolean; readonly license?: string }>
  >;
}

/** The packages that run in production: the name and version of each, and its licence. */
function productionPackages({ packages }: LockFile): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(packages)
      .filter(([path, { dev }]) => path !== '' && dev !== true)
      .map(([path, { version = '', license = 'none' }]) => [
        `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`,
        license,
      ]),
  );
}

/** The software bill of materials in CycloneDX, of the packages that run in production. */
export function createSbom(lock: LockFile): Sbom {
  // With `--omit dev`, npm also leaves out packages of production that a development package depends on.
  const options = ['--sbom-format', 'cyclonedx', '--package-lock-only'];
  const all: Sbom = JSON.parse(
    execFileSync('npm', ['sbom', ...options], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }),
  );
  const production = productionPackages(lock);
  const [root] = all.dependencies;
  return {
    ...all,
    components: all.components.filter(({ 'bom-ref': ref }) => production.has(ref)),
    dependencies: all.dependencies
      .filter(one => one === root || production.has(one.ref))
      .map(one => keepProduction(one, production)),
  };
}

function keepProduction(
  dependency: { readonly ref: string; readonly dependsOn?: readonly string[] },
  production: ReadonlyMap<string, string>,
): { readonly ref: string; readonly dependsOn: readonly string[] } {
  return { ...dependency, dependsOn: (dependency.dependsOn ?? []).filter(ref => production.has(ref)) };
}

/** @returns packages that only one of the two has, and those with a licence that is not allowed. */
export function checkPackages(sbom: Sbom, lock: LockFile): string[] {
  const listed = new Set(sbom.components.map(({ 'bom-ref': ref }) => ref));
  const locked = productionPackages(lock);
  return [
    ...[...locked.keys()].filter(one => !listed.has(one)).map(one => `the SBOM lacks ${one}`),
    ...[...listed].filter(one => !locked.has(one)).map(one => `the lock file lacks ${one}`),
    ...[...locked]
      .filter(([, licence]) => !ALLOWED_LICENCES.includes(licence))
      .map(([one, licence]) => `the licence of ${one} is not allowed: ${licence}`),
  ];
}
