import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../scripts/schema-changes.ts', import.meta.url));
const BEFORE = 'type Query { id: ID! name: String } enum Color { RED }';
const BROKEN = 'type Query { id: ID } enum Color { RED }';
const DANGEROUS = 'type Query { id: ID! name: String } enum Color { RED GREEN }';

/** A repository of its own, with a schema and the page of acknowledged breaks. */
function openRepository() {
  const cwd = mkdtempSync(join(tmpdir(), 'schema-changes-'));
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t.invalid', ...words], {
      cwd,
      stdio: 'ignore',
    });
  const write = (schema: string, acknowledged = ''): void => {
    mkdirSync(join(cwd, 'docs'), { recursive: true });
    writeFileSync(join(cwd, 'schema.graphql'), schema);
    writeFileSync(join(cwd, 'docs/schema-changes.md'), acknowledged);
  };
  git('init', '-q');
  return {
    write,
    commit(schema: string) {
      write(schema);
      git('add', '-A');
      git('commit', '-qm', 'schema');
    },
    commitSubgraph(subgraph: string) {
      writeFileSync(join(cwd, 'subgraph.graphql'), subgraph);
      git('add', '-A');
      git('commit', '-qm', 'subgraph');
    },
    check() {
      const { status, stdout } = spawnSync(process.execPath, [SCRIPT], { cwd, encoding: 'utf8' });
      return { status, stdout };
    },
    [Symbol.dispose]: () => rmSync(cwd, { recursive: true }),
  };
}

it('a change that breaks clients is named and fails, before it is committed and after', () => {
  using repository = openRepository();
  repository.commit(BEFORE);
  repository.write(BROKEN);
  const before = repository.check();
  expect(before.status).toBe(1);
  expect(before.stdout).toContain('BREAKING: Query.name was removed.');
  expect(before.stdout).toContain('BREAKING: Query.id changed type from ID! to ID.');
  repository.commit(BROKEN);
  expect(repository.check()).toEqual(before);
});

it('a change of the subgraph is compared, too, with its directives', () => {
  using repository = openRepository();
  repository.commit(BEFORE);
  const subgraph = 'schema @link(url: "u") { query: Query }';
  repository.commitSubgraph(`${subgraph} type Query @key(fields: "id") { id: ID! name: String }`);
  repository.commitSubgraph(`${subgraph} type Query @key(fields: "id") { id: ID! }`);
  const { status, stdout } = repository.check();
  expect([status, stdout]).toEqual([1, expect.stringContaining('BREAKING: Query.name was removed.')]);
});

it('a break that is acknowledged is named and passes', () => {
  using repository = openRepository();
  repository.commit(BEFORE);
  repository.write(BROKEN, 'Query.name was removed. Query.id changed type from ID! to ID.');
  const { status, stdout } = repository.check();
  expect(status).toBe(0);
  expect(stdout).toContain('BREAKING (acknowledged): Query.name was removed.');
});

it('a dangerous change is printed and passes', () => {
  using repository = openRepository();
  repository.commit(BEFORE);
  repository.write(DANGEROUS);
  const { status, stdout } = repository.check();
  expect(status).toBe(0);
  expect(stdout).toContain('dangerous: GREEN was added to enum type Color.');
});

it('where there is no earlier version, that is noted', () => {
  using repository = openRepository();
  repository.commit(BEFORE);
  const { status, stdout } = repository.check();
  expect(status).toBe(0);
  expect(stdout).toContain('no earlier version');
});
