import { spawn } from 'node:child_process';
import { copyFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { CREDENTIALS } from '../support/world.ts';
import type { Container } from './support/containers.ts';
import {
  buildImages,
  canRunContainers,
  eventually,
  GATEWAY_IMAGE,
  ROOT,
  run,
  SANDBOX_IMAGE,
  startContainer,
} from './support/containers.ts';

const ID = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';

/** The least memory that docs/operations.md names for `npm start`. */
const MEMORY = '256m';

/** Largest compressed image, in bytes. */
const MAX_BYTES = 50_000_000;

/** What an operator gives a container that may do nothing but serve. */
const HARDENED = [
  ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
  ...['--user', '65532', '--memory', MEMORY, '--memory-swap', MEMORY],
];

/** Has V8 fill its heap some time after the start. */
const LEAK = `--import=data:text/javascript,${encodeURIComponent(
  'const all=[];setInterval(()=>{for(let n=0;n<2e4;n+=1)all.push({n})},1)',
)}`;

/** Starts a sandbox, and a gateway in the same network namespace. */
async function startPair(options: readonly string[] = []) {
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(await startContainer(SANDBOX_IMAGE, ['--publish', '127.0.0.1::4000']));
  const gateway = stack.use(
    await startContainer(GATEWAY_IMAGE, [
      ...HARDENED,
      ...['--network', `container:${sandbox.name}`, '--env', 'UPSTREAM_URL=http://127.0.0.1:4010'],
      ...options,
    ]),
  );
  const address = await run('docker', ['port', sandbox.name, '4000/tcp']);
  const url = `http://${address}/graphql`;
  const started = stack.move();
  return { gateway, url, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

async function ask(url: string, query = `{ syncMeeting(id: "${ID}") { id } }`): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...CREDENTIALS },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

const listening = (gateway: Container): Promise<void> =>
  eventually(async () => expect(await gateway.logs()).toContain('"msg":"listening"'));

const inspectImage = async (image: string, template: string): Promise<unknown> =>
  JSON.parse(await run('docker', ['image', 'inspect', '--format', `{{json ${template}}}`, image]));

describe.skipIf(!canRunContainers())('the image', () => {
  beforeAll(async () => void (await buildImages()), 1_200_000);

  it('has no shell and no package manager, and says who runs it and what it is', async () => {
    await using container = await startContainer(GATEWAY_IMAGE, []);
    const files = await run('sh', ['-c', `docker export ${container.name} | tar -t`]);
    expect(files).toContain('gateway/gateway.js');
    expect(files).not.toMatch(/(?:^|\/)(?:sh|bash|busybox|apt|dpkg|npm|curl|wget)$/m);
    expect(await inspectImage(GATEWAY_IMAGE, '.Config')).toMatchObject({
      User: '65532:65532',
      Labels: { 'org.opencontainers.image.title': 'luminus-zoom-gateway' },
    });
  });

  it(`has at most ${MAX_BYTES} bytes when it is compressed`, async () => {
    let bytes = 0;
    // Without a tag, every image of this name would be saved.
    const save = spawn('docker', ['save', `${GATEWAY_IMAGE}:latest`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const chunk of save.stdout.pipe(createGzip())) bytes += chunk.length;
    expect(bytes).toBeGreaterThan(30_000_000);
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
  });

  it('has the same digest when it is built again', async () => {
    // Another file in the context, which is in no image, has everything after the installation done again.
    const context = await mkdtemp(join(tmpdir(), 'context-'));
    await using _ = { [Symbol.asyncDispose]: () => rm(context, { recursive: true }) };
    for (const name of [
      'Dockerfile',
      '.dockerignore',
      'package.json',
      'package-lock.json',
      '.npmrc',
      'LICENSE',
    ])
      await copyFile(join(ROOT, name), join(context, name));
    for (const name of ['src', 'scripts', 'deploy/image', 'sandbox'])
      await cp(join(ROOT, name), join(context, name), { recursive: true, preserveTimestamps: false });
    await writeFile(join(context, 'src/again.txt'), String(Date.now()));
    const tag = `${GATEWAY_IMAGE}:again`;
    await run('docker', ['build', '--quiet', '--network=host', '--tag', tag, context]);
    try {
      expect(await inspectImage(tag, '.Id')).toBe(await inspectImage(GATEWAY_IMAGE, '.Id'));
    } finally {
      await run('docker', ['image', 'rm', tag]);
    }
  });

  it(`serves with ${MEMORY}, read-only, without capabilities and as another user, and is healthy`, async () => {
    await using pair = await startPair();
    const { gateway, url } = pair;
    await listening(gateway);
    const ids = Array.from(
      { length: 20 },
      (_, n) => `3f2b8c1e-5d4a-4e6f-9a7b-${String(n).padStart(12, '0')}`,
    );
    const query = `{ syncMeetings(ids: ${JSON.stringify(ids)}) { id name topic joinUrl startDate endDate } }`;
    const asked = 1_000;
    const parallel = 16;
    let left = asked;
    const worker = async (): Promise<void> => {
      for (; left > 0; ) {
        left -= 1;
        expect(await ask(url, query)).not.toHaveProperty('errors');
      }
    };
    await Promise.all(Array.from({ length: parallel }, worker));
    await eventually(async () => expect(await gateway.inspect('{{.State.Health.Status}}')).toBe('healthy'));
    expect(await gateway.inspect('{{.State.OOMKilled}} {{.RestartCount}}')).toBe('false 0');
  });

  it('stops in time with what it has in progress, and exits with 0', async () => {
    await using pair = await startPair(['--env', 'DRAIN_MS=500']);
    const { gateway, url } = pair;
    await listening(gateway);
    expect(await ask(url)).toEqual({ data: { syncMeeting: { id: ID } } });
    const began = performance.now();
    await run('docker', ['stop', '--time', '30', gateway.name]);
    // It is killed after 30 s.
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(await gateway.inspect('{{.State.ExitCode}}')).toBe('0');
    expect(await gateway.logs()).toContain('"msg":"stopped"');
  });

  it('is told by V8 that its heap is full before the kernel would kill it', async () => {
    await using pair = await startPair(['--env', `NODE_OPTIONS=${LEAK}`]);
    await eventually(async () => expect(await pair.gateway.inspect('{{.State.Running}}')).toBe('false'));
    expect(await pair.gateway.logs()).toMatch(/heap out of memory/);
    expect(await pair.gateway.inspect('{{.State.OOMKilled}}')).toBe('false');
  });
});
