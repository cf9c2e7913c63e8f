import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// usage: node scripts/install.ts FOLDER. Runs npm ci in a folder, unless its lock is the one that was installed last.

const [folder = '.'] = process.argv.slice(2);
const mark = join(folder, 'node_modules', '.installed-lock');
const lock = hash('sha256', readFileSync(join(folder, 'package-lock.json')));

if (!existsSync(mark) || readFileSync(mark, 'utf8') !== lock) {
  const { status } = spawnSync('npm', ['ci', '--prefix', folder], { stdio: 'inherit' });
  if (status === 0) writeFileSync(mark, lock);
  else process.exitCode = 1;
}
