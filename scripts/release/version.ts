/** @param status what `git status --porcelain` prints. @returns what stands in the way of a release. */
export function checkTree(status: string): string[] {
  return status
    .split('\n')
    .filter(line => line !== '')
    .map(line => `not committed: ${line.slice(3)}`);
}

/** The tag of the highest version, apart from the one that is released; null if there is none. */
export function latestTag(tags: readonly string[], released?: string): string | null {
  const versions = tags.filter(tag => parse(tag.slice(1)) !== null && tag !== released);
  return versions.toSorted((one, other) => compare(one.slice(1), other.slice(1))).at(-1) ?? null;
}

/**
 * @param tags the tags of earlier versions, such as v0.1.0.
 * @param tag the tag of this release, if it has been set.
 * @returns what stands in the way of a release.
 */
export function checkVersion(version: string, tags: readonly string[], tag?: string): string[] {
  if (parse(version) === null) return [`${version} is not a version such as 1.2.3`];
  if (tag !== undefined && tag !== `v${version}`) return [`the tag is ${tag}, and the version is ${version}`];
  const latest = latestTag(tags, tag);
  if (latest === null || compare(latest.slice(1), version) < 0) return [];
  return [`${version} is not above ${latest}: raise the version in package.json`];
}

/** @returns what stands in the way of a release: the version needs a section with its date, and nothing may be unreleased. */
export function checkChangelog(changelog: string, version: string): string[] {
  const [, ...sections] = changelog.split(/^## /m);
  const [unreleased = '', first = ''] = sections;
  const issues: string[] = [];
  if (!unreleased.startsWith('Unreleased'))
    issues.push('the first section of CHANGELOG.md is not Unreleased');
  else if (/^- /m.test(unreleased)) issues.push('CHANGELOG.md has changes that are unreleased');
  const [title = ''] = first.split('\n');
  if (!new RegExp(`^${version.replaceAll('.', '\\.')} - \\d{4}-\\d{2}-\\d{2}$`).test(title))
    issues.push(`the second section of CHANGELOG.md is not "${version} - YYYY-MM-DD"`);
  return issues;
}

function parse(version: string): number[] | null {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(version);
  return match === null ? null : match.slice(1).map(Number);
}

function compare(one: string, other: string): number {
  const [left, right] = [parse(one) ?? [], parse(other) ?? []];
  const at = left.findIndex((part, index) => part !== right[index]);
  return at === -1 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}
