import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { buildSchema, findBreakingChanges, findDangerousChanges } from 'graphql';

/** What clients and composers write against. */
const FILES = ['schema.graphql', 'subgraph.graphql'];
const ACKNOWLEDGED = 'docs/schema-changes.md';

// usage: node scripts/schema-changes.ts [COMMIT]

/** Names what the users of a schema would notice, against a commit, against HEAD, or against the file's version before that. */
function compare(file: string): void {
  const now = readFileSync(file, 'utf8');
  const [, , commit] = process.argv;
  const before = commit === undefined ? earlierThan(file, now) : versionAt(commit, file);
  if (before === null) {
    process.stdout.write(`${file}: no earlier version to compare with (a new file, or a shallow clone).\n`);
    return;
  }
  const [from, to] = [parse(before), parse(now)];
  for (const { description } of findDangerousChanges(from, to))
    process.stdout.write(`dangerous: ${description}\n`);
  const acknowledged = readFileSync(ACKNOWLEDGED, 'utf8');
  for (const { description } of findBreakingChanges(from, to)) {
    const isKnown = acknowledged.includes(description);
    process.stdout.write(`BREAKING${isKnown ? ' (acknowledged)' : ''}: ${description}\n`);
    if (!isKnown) process.exitCode = 1;
  }
}

/** A subgraph uses directives of the federation specification, which its file does not define. */
function parse(sdl: string) {
  return buildSchema(sdl, { assumeValidSDL: true });
}

/** The version to compare with; null when git has none. */
function earlierThan(file: string, now: string): string | null {
  const head = versionAt('HEAD', file);
  if (head !== null && head !== now) return head;
  const [, previous] = git('log', '-2', '--format=%H', '--', file)?.trim().split('\n') ?? [];
  return previous === undefined ? null : versionAt(previous, file);
}

function versionAt(commit: string, file: string): string | null {
  return git('show', `${commit}:${file}`);
}

function git(...words: string[]): string | null {
  try {
    return execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return null;
  }
}

for (const file of FILES.filter(existsSync)) compare(file);
if (process.exitCode === 1) {
  process.stdout.write(
    `Clients would break. Undo it, or copy the sentence into ${ACKNOWLEDGED} and say why there.\n`,
  );
}
