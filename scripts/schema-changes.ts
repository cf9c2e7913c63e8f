import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { buildSchema, findBreakingChanges, findDangerousChanges } from 'graphql';

const FILE = 'schema.graphql';
const ACKNOWLEDGED = 'docs/schema-changes.md';

// usage: node scripts/schema-changes.ts [COMMIT]

/** Names what the schema's clients would notice, against a commit, against HEAD, or against the file's version before that. */
function run(): void {
  const now = readFileSync(FILE, 'utf8');
  const [, , commit] = process.argv;
  const before = commit === undefined ? earlierThan(now) : versionAt(commit);
  if (before === null) {
    process.stdout.write(`${FILE}: no earlier version to compare with (a new file, or a shallow clone).\n`);
    return;
  }
  const [from, to] = [buildSchema(before), buildSchema(now)];
  for (const { description } of findDangerousChanges(from, to))
    process.stdout.write(`dangerous: ${description}\n`);
  const acknowledged = readFileSync(ACKNOWLEDGED, 'utf8');
  for (const { description } of findBreakingChanges(from, to)) {
    const isKnown = acknowledged.includes(description);
    process.stdout.write(`BREAKING${isKnown ? ' (acknowledged)' : ''}: ${description}\n`);
    if (!isKnown) process.exitCode = 1;
  }
  if (process.exitCode === 1) {
    process.stdout.write(
      `Clients would break. Undo it, or copy the sentence into ${ACKNOWLEDGED} and say why there.\n`,
    );
  }
}

/** The version to compare with; null when git has none. */
function earlierThan(now: string): string | null {
  const head = versionAt('HEAD');
  if (head !== null && head !== now) return head;
  const [, previous] = git('log', '-2', '--format=%H', '--', FILE)?.trim().split('\n') ?? [];
  return previous === undefined ? null : versionAt(previous);
}

function versionAt(commit: string): string | null {
  return git('show', `${commit}:${FILE}`);
}

function git(...words: string[]): string | null {
  try {
    return execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return null;
  }
}

run();
