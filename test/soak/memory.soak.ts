import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import gatewayPackage from '../../package.json' with { type: 'json' };
import { startSandbox } from '../../sandbox/server.ts';
import { MEETING_FIELDS } from '../../src/luminus/meeting.ts';
import { anonymousBytes, openMemoryGroup } from '../support/memory.ts';
import type { Program } from '../support/process.ts';
import { LISTENING, startCommand } from '../support/process.ts';
import { meetingNumber } from '../support/upstream.ts';
import { CREDENTIALS } from '../support/world.ts';

const QUERIES = 10_000;
const AT_ONCE = 32;
const MEBIBYTE = 1024 * 1024;
const CONTAINER_MEBIBYTES = 144;

/** The most memory of its own: what is left of the container is for the pages of Node's binary that are in use. */
const MAX_OWN = 100 * MEBIBYTE;

/** What `npm run start:small` runs, after `exec`. */
const START_SMALL = gatewayPackage.scripts['start:small'].split(' ').slice(1);

const QUERY = `query ($id: UUID!) { syncMeeting(id: $id) { id ${Object.keys(MEETING_FIELDS).join(' ')} } }`;

describe.runIf(process.platform === 'linux')(
  `npm run start:small answers ${QUERIES} ordinary queries`,
  () => {
    it(`in a container of ${CONTAINER_MEBIBYTES} MB`, async ({ skip }) => {
      await using group = openMemoryGroup(CONTAINER_MEBIBYTES * MEBIBYTE);
      if (group === undefined) return skip('no group with a memory limit can be made on this machine');
      using node = copyNode();
      await using sandbox = await startSandbox({ remember: 10 });
      const command = ['-c', 'echo 0 > "$0" && exec "$@"', group.procs, ...START_SMALL];
      await using program = startCommand('sh', command, {
        PATH: `${node.dir}:${process.env['PATH']}`,
        PORT: '0',
        UPSTREAM_URL: sandbox.url,
      });
      expect(await askOften(program)).toMatchObject({ answered: QUERIES });
    });

    it('and keeps less than 100 MB of its own', async () => {
      await using sandbox = await startSandbox({ remember: 10 });
      const [env = '', ...rest] = START_SMALL;
      await using program = startCommand(env, rest, { PORT: '0', UPSTREAM_URL: sandbox.url });
      const { answered, peak } = await askOften(program);
      expect(answered).toBe(QUERIES);
      expect(peak).toBeLessThan(MAX_OWN);
    });
  },
);

/** Asks for all fields of a meeting, a new one and as a new caller each time; tells how often that was answered whole. */
async function askOften(program: Program): Promise<{ readonly answered: number; readonly peak: number }> {
  const [, url = ''] = await program.says(LISTENING);
  let next = 0;
  let answered = 0;
  let peak = 0;
  const worker = async (): Promise<void> => {
    while (next < QUERIES) {
      const n = next++;
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...CREDENTIALS,
          authorization: `Bearer ${tokenOf(n)}`,
        },
        body: JSON.stringify({ query: QUERY, variables: { id: meetingNumber(n) } }),
      });
      if (!(await answer.text()).includes('"errors"')) answered += 1;
      if (n % 50 === 0) peak = Math.max(peak, anonymousBytes(program.child.pid));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { answered, peak };
}

/** A token as long as real ones. */
function tokenOf(n: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part({ sub: `user ${n}`, claims: 'c'.repeat(600) })}.${'s'.repeat(342)}`;
}

/** A copy of Node of which nothing is in memory yet: what is there already is not counted against the container. */
function copyNode(): Disposable & { readonly dir: string } {
  const dir = mkdtempSync(join(tmpdir(), 'gateway-node-'));
  const file = join(dir, 'node');
  execFileSync('dd', [`if=${process.execPath}`, `of=${file}`, 'bs=1M', 'conv=fsync'], { stdio: 'ignore' });
  // Has the kernel let go of the pages of the file.
  execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
  chmodSync(file, 0o755);
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}
