import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { checkPackages, createSbom } from '../../scripts/release/sbom.ts';
import { checkChangelog, checkTree, checkVersion, latestTag } from '../../scripts/release/version.ts';

describe('a release', () => {
  it('needs a clean tree', () => {
    expect(checkTree('')).toEqual([]);
    expect(checkTree(' M src/main.ts\n?? new\n')).toEqual([
      'not committed: src/main.ts',
      'not committed: new',
    ]);
  });

  it.each([
    ['1.2.3', []],
    ['1.2.3', ['v1.2.2', 'v1.1.9']],
    ['1.10.0', ['v1.9.0']],
    ['2.0.0', ['v1.9.9', 'version-of-someone-else']],
  ])('can be %s after %j', (version, tags) => {
    expect(checkVersion(version, tags)).toEqual([]);
  });

  it.each([
    ['1.2', []],
    ['1.2.3-rc.1', []],
    ['1.2.3', ['v1.2.3']],
    ['1.9.0', ['v1.10.0', 'v1.2.0']],
  ])('cannot be %s after %j', (version, tags) => {
    expect(checkVersion(version, tags)).toHaveLength(1);
  });

  it('has the version that its tag says, and its own tag does not count', () => {
    expect(checkVersion('1.2.3', ['v1.2.3', 'v1.2.2'], 'v1.2.3')).toEqual([]);
    expect(checkVersion('1.2.3', ['v1.2.4'], 'v1.2.4')).toEqual([
      'the tag is v1.2.4, and the version is 1.2.3',
    ]);
    expect(latestTag(['v1.2.3', 'v1.2.2'], 'v1.2.3')).toBe('v1.2.2');
    expect(latestTag([])).toBe(null);
  });

  it.each([
    ['# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-11-28\n\n- One.\n', 0],
    ['# Changelog\n\n## Unreleased\n\n- Two.\n\n## 1.2.3 - 2026-11-28\n\n- One.\n', 1],
    ['# Changelog\n\n## Unreleased\n\n## 1.2.2 - 2026-11-28\n\n- One.\n', 1],
    ['# Changelog\n\n## Unreleased\n\n## 1.2.3\n\n- One.\n', 1],
    ['# Changelog\n\n## 1.2.3 - 2026-11-28\n\n- One.\n', 2],
  ])('has a section of the changelog with its date, and nothing unreleased: %j', (changelog, issues) => {
    expect(checkChangelog(changelog, '1.2.3')).toHaveLength(issues);
  });

  describe('has packages', () => {
    const lock = {
      packages: {
        '': { version: '1.0.0' },
        'node_modules/a': { version: '1.0.0', license: 'MIT' },
        'node_modules/a/node_modules/@scope/b': { version: '2.0.0', license: 'ISC' },
        'node_modules/c': { version: '3.0.0', dev: true, license: 'GPL-3.0' },
      },
    };
    const components = [{ 'bom-ref': 'a@1.0.0' }, { 'bom-ref': '@scope/b@2.0.0' }];
    const dependencies = [{ ref: 'root@1.0.0' }];

    it('that are those of the lock file', () => {
      expect(checkPackages({ components, dependencies }, lock)).toEqual([]);
      expect(checkPackages({ components: components.slice(1), dependencies }, lock)).toEqual([
        'the SBOM lacks a@1.0.0',
      ]);
      expect(
        checkPackages({ components: [...components, { 'bom-ref': 'c@3.0.0' }], dependencies }, lock),
      ).toEqual(['the lock file lacks c@3.0.0']);
    });

    it('with licences that are allowed', () => {
      const packages = { ...lock.packages, 'node_modules/a': { version: '1.0.0', license: 'AGPL-3.0' } };
      expect(checkPackages({ components, dependencies }, { packages })).toEqual([
        'the licence of a@1.0.0 is not allowed: AGPL-3.0',
      ]);
    });

    it('as they are in this repository', async () => {
      const own = JSON.parse(await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8'));
      expect(checkPackages(createSbom(own), own)).toEqual([]);
    });
  });
});

it('every action of the workflows is pinned by its hash', async () => {
  for (const name of ['ci', 'release']) {
    const text = await readFile(new URL(`../../.github/workflows/${name}.yaml`, import.meta.url), 'utf8');
    const actions = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action);
    expect(actions.length).toBeGreaterThan(0);
    for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  }
});
