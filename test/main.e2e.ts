import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { hang, meeting } from '../sandbox/reply.ts';
import { startSandbox } from '../sandbox/server.ts';
import { listen } from './support/http.ts';
import {
  groupLives,
  importing,
  LISTENING,
  startGatewayProgram,
  startProgram,
  startScript,
} from './support/process.ts';
import { CREDENTIALS } from './support/world.ts';

const ID = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';
const ask = (url: string) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...CREDENTIALS },
    body: JSON.stringify({ query: `{ syncMeeting(id: "${ID}") { id } }` }),
  });

describe.concurrent('npm start', () => {
  it('answers, and says at /health that it lives', async () => {
    await using sandbox = await startSandbox();
    await using program = startGatewayProgram({ UPSTREAM_URL: sandbox.url });
    const [, url = ''] = await program.says(LISTENING);
    expect(await (await ask(url)).json()).toEqual({ data: { syncMeeting: { id: ID } } });
    const health = await fetch(new URL('/health', url));
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
  });

  it('a second time loads neither the compiler of TypeScript nor the undici that come with Node', async () => {
    await using sandbox = await startSandbox();
    const tell = 'process.on("exit", () => console.error("loaded", String(process.moduleLoadList), "."))';
    for (const time of ['first', 'second']) {
      await using program = startGatewayProgram({ UPSTREAM_URL: sandbox.url, ...importing(tell) });
      const [, url = ''] = await program.says(LISTENING);
      expect((await ask(url)).status).toBe(200);
      program.child.kill('SIGTERM');
      await program.exit;
      const [, loaded] = await program.says(/loaded (.*) \./);
      expect(loaded).toContain('NativeModule http');
      if (time === 'second') expect(loaded).not.toMatch(/amaro|deps\/undici/);
    }
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s stops accepting, finishes what runs and exits 0',
    async signal => {
      await using sandbox = await startSandbox();
      const released = Promise.withResolvers<void>();
      sandbox.answer(ID, async exchange => {
        await released.promise;
        await meeting(exchange);
      });
      await using program = startGatewayProgram({ UPSTREAM_URL: sandbox.url });
      const [, url = ''] = await program.says(LISTENING);
      const running = ask(url);
      await sandbox.hit(1);
      program.child.kill(signal);
      await program.says(/stopping/);
      await expect(ask(url)).rejects.toThrow();
      released.resolve();
      expect(await (await running).json()).toEqual({ data: { syncMeeting: { id: ID } } });
      expect(await program.exit).toBe(0);
      expect(program.output()).toContain('"msg":"stopped"');
    },
  );

  it('exits at once at a second signal', async () => {
    await using sandbox = await startSandbox();
    sandbox.answer(ID, hang);
    await using program = startGatewayProgram({ UPSTREAM_URL: sandbox.url });
    const [, url = ''] = await program.says(LISTENING);
    const running = Promise.allSettled([ask(url)]);
    await sandbox.hit(1);
    program.child.kill('SIGTERM');
    await program.says(/stopping/);
    // One that follows at once is taken for the first: npm passes on what its process group has received.
    const again = setInterval(() => program.child.kill('SIGTERM'), 100);
    expect(await program.exit).toBe(1);
    clearInterval(again);
    expect(await running).toMatchObject([{ status: 'rejected' }]);
  });

  it('answers what runs when the same signal comes twice at once', async () => {
    await using sandbox = await startSandbox();
    const release = Promise.withResolvers<void>();
    sandbox.answer(ID, async exchange => {
      await release.promise;
      await meeting(exchange);
    });
    await using program = startGatewayProgram({ UPSTREAM_URL: sandbox.url });
    const [, url = ''] = await program.says(LISTENING);
    const running = ask(url);
    await sandbox.hit(1);
    program.child.kill('SIGTERM');
    program.child.kill('SIGTERM');
    await program.says(/stopping/);
    release.resolve();
    expect((await running).status).toBe(200);
    expect(await program.exit).toBe(0);
  });

  it('stops although a connection is open that never asked anything', async () => {
    await using sandbox = await startSandbox();
    await using program = startGatewayProgram({ UPSTREAM_URL: sandbox.url });
    const [, url = ''] = await program.says(LISTENING);
    const silent = connect(Number(new URL(url).port), '127.0.0.1');
    await once(silent, 'connect');
    expect((await ask(url)).status).toBe(200);
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(0);
    silent.destroy();
  });

  it('with bad settings says every fault, exits 1 and starts nothing', async () => {
    await using program = startGatewayProgram({
      PORT: 'web',
      PERSISTED_DOCUMENTS: 'no-such-file',
      GRAPHIQL: 'maybe',
      UPSTREAM_URL: 'here',
    });
    expect(await program.exit).toBe(1);
    expect(program.output()).toMatch(
      /PORT must be[\s\S]*UPSTREAM_URL must be[\s\S]*GRAPHIQL must be[\s\S]*PERSISTED_DOCUMENTS must be/,
    );
    expect(program.output()).not.toMatch(LISTENING);
  });

  it('says so when its port is taken', async () => {
    await using taken = createServer();
    const port = String(await listen(taken));
    await using program = startGatewayProgram({ PORT: port });
    expect(await program.exit).toBe(1);
    expect(program.output()).toContain('EADDRINUSE');
  });
});

// One after another: the port that one has freed must not be given to the next while it is tried.
describe('a signal to npm itself', () => {
  const SCRIPTS = [
    ['start', LISTENING],
    ['start:small', LISTENING],
    ['dev', LISTENING],
    ['sandbox', /Zoom API: (\S+)\n[\s\S]*sandbox-key/],
  ] as const;

  const CASES = SCRIPTS.flatMap(([script, ready]) =>
    (['SIGTERM', 'SIGINT'] as const).map(signal => ({ script, signal, ready })),
  );

  it.each(CASES)(
    'ends what npm run $script started, and frees its port: $signal',
    async ({ script, signal, ready }) => {
      const env = { PORT: '0', SANDBOX_PORT: '0', ADMIN_PORT: '0', UPSTREAM_URL: 'http://127.0.0.1:1' };
      await using npm = startScript(script, env);
      const [, url = ''] = await npm.says(ready);
      npm.child.kill(signal);
      expect(await npm.exit).toBe(0);
      expect(groupLives(npm)).toBe(false);
      await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    },
  );
});

describe('npm run dev', () => {
  it('serves a first query and GraphiQL with no key to find, and stops on SIGINT', async () => {
    await using program = startProgram(['dev.ts'], { PORT: '0', SANDBOX_PORT: '0', ADMIN_PORT: '0' });
    const [, url = ''] = await program.says(LISTENING);
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ syncMeeting(id: "${ID}") { id } }` }),
    });
    expect(await answer.json()).toEqual({ data: { syncMeeting: { id: ID } } });
    const page = await fetch(url, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toContain('text/html');
    await page.body?.cancel();
    program.child.kill('SIGINT');
    expect(await program.exit).toBe(0);
  });
});

describe('npm run sandbox', () => {
  it('says where it is and which key it takes', async () => {
    await using program = startProgram(['sandbox/main.ts'], { SANDBOX_PORT: '0' });
    const [, url = ''] = await program.says(/Sandbox of the LumiNUS Zoom API: (\S+)\n[\s\S]*sandbox-key/);
    const answer = await fetch(`${url}/zoom/Meeting/${ID}/Sync`, {
      headers: { 'ocp-apim-subscription-key': 'sandbox-key', accept: 'application/json' },
    });
    expect(answer.status).toBe(200);
    program.child.kill('SIGTERM');
    expect(await program.exit).toBe(0);
  });

  it('does not start on a port that is none', async () => {
    await using program = startProgram(['sandbox/main.ts'], { SANDBOX_PORT: '65536' });
    expect(await program.exit).toBe(1);
    expect(program.output()).toContain('SANDBOX_PORT must be');
  });
});
