import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import gatewayPackage from '../package.json' with { type: 'json' };
import { checkImage } from './release/image.ts';
import { checkPackages, createSbom } from './release/sbom.ts';
import { checkChangelog, checkTree, checkVersion, latestTag } from './release/version.ts';

// usage: npm run release:check [-- --tag TAG] [-- --without-image]
// Tells whether the commit can be released as the version of package.json. Writes its SBOM to dist/sbom.cdx.json.

const { values } = parseArgs({ options: { tag: { type: 'string' }, 'without-image': { type: 'boolean' } } });
const { version } = gatewayPackage;

const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' });

/** What stands in the way, or an empty list. */
const checks: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  'the tree is clean': async () => checkTree(git('status', '--porcelain')),
  'the version is new': async () => checkVersion(version, git('tag', '--list', 'v*').split('\n'), values.tag),
  'the changelog has it': async () => checkChangelog(await readFile('CHANGELOG.md', 'utf8'), version),
  'the schema breaks no client unannounced': async () => {
    const since = latestTag(git('tag', '--list', 'v*').split('\n'), values.tag);
    try {
      execFileSync(process.execPath, ['scripts/schema-changes.ts', ...(since === null ? [] : [since])], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      return [];
    } catch {
      return ['schema.graphql has a breaking change that docs/schema-changes.md does not acknowledge'];
    }
  },
  'the SBOM has the packages of the lock file, with licences that are allowed': async () => {
    const lock = JSON.parse(await readFile('package-lock.json', 'utf8'));
    const sbom = createSbom(lock);
    await mkdir('dist', { recursive: true });
    await writeFile('dist/sbom.cdx.json', `${JSON.stringify(sbom, null, 2)}\n`);
    return checkPackages(sbom, lock);
  },
  ...(values['without-image'] === true ? {} : { 'the image starts, is healthy and stops': checkImage }),
};

for (const [promise, check] of Object.entries(checks)) {
  const issues = await check();
  process.stdout.write(`${issues.length === 0 ? 'ok  ' : 'FAIL'} ${promise}\n`);
  for (const issue of issues) process.stdout.write(`       ${issue}\n`);
  if (issues.length > 0) process.exitCode = 1;
}
