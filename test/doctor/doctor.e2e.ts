import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { SANDBOX_KEY, startSandbox } from '../../sandbox/server.ts';
import { readArguments } from '../../src/doctor/arguments.ts';
import { CHECK_TIMEOUT } from '../../src/doctor/run-checks.ts';
import { createManualClock } from '../support/clock.ts';
import { diagnose } from '../support/doctor.ts';
import { readDocument } from '../support/document.ts';
import { listen } from '../support/http.ts';
import { startProgram } from '../support/process.ts';

const ID = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';

async function runDoctor(args: readonly string[], env: Readonly<Record<string, string>>) {
  await using program = startProgram(['--max-semi-space-size=16', 'src/cli/doctor.ts', ...args], env);
  const code = await program.exit;
  return { code, output: program.output() };
}

/** What differs between two machines, and between two runs. */
function withoutNumbers(text: string): string {
  return text
    .replace(/Memory .*/, 'Memory')
    .replace(/\d+ ms/g, 'N ms')
    .replace(/version [\d.]+/, 'version N');
}

describe('npm run doctor', () => {
  it('prints what docs/operations.md shows, and exits with 0', async () => {
    await using sandbox = await startSandbox();
    const { code, output } = await runDoctor([], {
      UPSTREAM_URL: sandbox.url,
      UPSTREAM_SUBSCRIPTION_KEY: SANDBOX_KEY,
      DOCTOR_TOKEN: 'any',
    });
    const { blocks } = await readDocument('docs/operations.md');
    const shown = blocks.find(({ language, text }) => language === 'text' && text.startsWith('✓ Settings'));
    const { host } = new URL(sandbox.url);
    expect(withoutNumbers(output.replaceAll(host, '127.0.0.1:4010'))).toBe(withoutNumbers(shown?.text ?? ''));
    expect(code).toBe(0);
  });

  it('prints the line of a refused key that docs/operations.md shows, and exits with 1', async () => {
    await using sandbox = await startSandbox();
    const { code, output } = await runDoctor([], {
      UPSTREAM_URL: sandbox.url,
      UPSTREAM_SUBSCRIPTION_KEY: 'canary',
    });
    const { blocks } = await readDocument('docs/operations.md');
    const shown = blocks.find(({ text }) => text.startsWith('✗ Subscription key'));
    expect(output).toContain(shown?.text);
    expect(output).toMatch(/1 failed, \d+ skipped\. Correct Subscription key first\.\n$/);
    expect(output).not.toContain('canary');
    expect(code).toBe(1);
  });

  it('prints one JSON document with --json', async () => {
    await using sandbox = await startSandbox();
    const env = { UPSTREAM_URL: sandbox.url, DOCTOR_SUBSCRIPTION_KEY: SANDBOX_KEY, DOCTOR_TOKEN: 'canary' };
    const { code, output } = await runDoctor(['--json', ID], env);
    const { ok, checks } = JSON.parse(output);
    expect([code, ok, checks.length]).toEqual([0, true, checks.length]);
    expect(checks.at(-1)).toMatchObject({ id: 'sync', status: 'passed', advice: null });
    expect(output).not.toContain('canary');
  });

  it('exits with 1 where a setting is wrong, also with --json and --config', async () => {
    const { code, output } = await runDoctor(['--config', '--json'], { PORT: 'canary' });
    const { ok, checks } = JSON.parse(output);
    expect([code, ok, checks.map(({ id }: { id: string }) => id)]).toEqual([
      1,
      false,
      ['settings', 'manifest'],
    ]);
    expect(output).not.toContain('canary');
  });

  it('that cannot read its arguments says how it is called, and repeats nothing of them', async () => {
    const { code, output } = await runDoctor(['canary'], {});
    expect(code).toBe(1);
    expect(output).toMatch(/^Usage: npm run doctor/);
    expect(output).not.toContain('canary');
  });
});

describe('the arguments', () => {
  it.each([
    [[], { json: false, configOnly: false, help: false, meetingId: null }],
    [['--json', '--config'], { json: true, configOnly: true, help: false, meetingId: null }],
    [[ID.toUpperCase()], { json: false, configOnly: false, help: false, meetingId: ID }],
    [['-h'], { json: false, configOnly: false, help: true, meetingId: null }],
    [['--nothing'], null],
    [['--config', ID], null],
    [[ID, ID], null],
    [[`${ID}0`], null],
  ])('%j', (args, expected) => {
    expect(readArguments(args)).toEqual(expected);
  });
});

describe('a check', () => {
  it('that throws fails without the message of what it threw, and the next ones run', async () => {
    await using sandbox = await startSandbox();
    const fail = (): never => {
      throw new Error('canary');
    };
    const { lines, results, output } = await diagnose({ UPSTREAM_URL: sandbox.url }, { now: fail });
    expect(lines['api-management']).toMatch(/^✗ .*the check itself failed \(Error\)/);
    expect(results.at(-1)?.id).toBe('sync');
    expect(output).not.toContain('canary');
  });

  it('that does not end is given up', async () => {
    const sockets: Socket[] = [];
    const hanging = createServer(socket => void socket.on('error', () => {}).resume());
    const port = await listen(hanging);
    const connectedTwice = Promise.withResolvers<void>();
    hanging.on('connection', socket => {
      if (sockets.push(socket) === 2) connectedTwice.resolve();
    });
    const clock = createManualClock();
    const env = { UPSTREAM_URL: `https://127.0.0.1:${port}`, UPSTREAM_CONNECT_TIMEOUT_MS: '300000' };
    const diagnosing = diagnose(env, { clock });
    // The first connection is that of the check before TLS.
    await connectedTwice.promise;
    clock.advance(CHECK_TIMEOUT);
    const { lines } = await diagnosing;
    expect(lines['tls']).toMatch(/^✗ .*no result within 35 s/);
    for (const socket of sockets) socket.destroy();
    await new Promise(resolve => hanging.close(resolve));
  });

  it('shows a text that controls a terminal on one line', async () => {
    const { output } = await diagnose({ 'GRAPHIQ\u009bL': '1' }, { configOnly: true });
    expect(output).toContain('GRAPHIQ?L (did you mean GRAPHIQL?)');
  });
});
