import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { startCommand } from '../../support/process.ts';
import { SELF_SIGNED } from '../../support/self-signed.ts';
import type { LoadRequest } from './load.ts';
import { createRequest } from './load.ts';
import { findStablePort } from './ports.ts';
import type { Client } from './restart-under-load.ts';

/** A proxy, and how to run it with a configuration of `deploy/`. */
export interface Proxy {
  /** The program; its Debian package has the same name, unless it is named. */
  readonly program: string;
  /** Arguments that have it run in the foreground with the files of a folder. */
  readonly args: (folder: string) => readonly string[];
  /** The files it needs in its folder. @param url where it is to listen. */
  readonly files: (folder: string, port: number) => Readonly<Record<string, string>>;
}

/** Whether a program is installed; where it is not, a line says which test is skipped for it. */
export function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program]);
    return true;
  } catch {
    process.stderr.write(`SKIPPED: ${program} is not installed, and nothing behind it was tested.\n`);
    return false;
  }
}

/** Reads a configuration that the documentation prints, with the DRAIN_MS that it asks for. */
export async function readConfiguration(
  name: string,
): Promise<{ readonly text: string; readonly drainMs: string }> {
  const text = await readFile(new URL(`../../../deploy/${name}`, import.meta.url), 'utf8');
  const [, drainMs] = /DRAIN_MS=(\d+)/.exec(text) ?? [];
  if (drainMs === undefined) throw new Error(`deploy/${name} does not say which DRAIN_MS it needs`);
  return { text, drainMs };
}

/** Puts other texts in the place of some. @throws Error when one of them does not occur. */
export function replaceAll(text: string, replacements: Readonly<Record<string, string>>): string {
  return Object.entries(replacements).reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`the configuration has no ${from}`);
    return before.replaceAll(from, to);
  }, text);
}

/** Starts a proxy, and settles once it passes on requests. */
export async function startProxy({ program, args, files }: Proxy): Promise<Client> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'proxy-'));
  opened.defer(() => rm(folder, { recursive: true }));
  const port = await findStablePort();
  const all = {
    'gateway.crt': SELF_SIGNED.cert,
    'gateway.key': SELF_SIGNED.key,
    'gateway.pem': SELF_SIGNED.cert + SELF_SIGNED.key,
    ...files(folder, port),
  };
  for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text);
  const started = opened.use(startCommand(program, args(folder), {}));
  const agent = new Agent({ connections: 50, connect: { ca: SELF_SIGNED.cert } });
  opened.defer(() => agent.destroy());
  // What the proxy has written is shown where it may say why a test failed.
  opened.defer(() => void process.stderr.write(started.output()));
  const send = async ({ headers, body }: LoadRequest): Promise<string> => {
    const url = `https://127.0.0.1:${port}/graphql`;
    const response = await request(url, { method: 'POST', dispatcher: agent, headers, body });
    const text = await response.body.text();
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}: ${text}`);
    return text;
  };
  for (;;) {
    if (started.child.exitCode !== null) throw new Error(`${program} ended: ${started.output()}`);
    const [result] = await Promise.allSettled([send(createRequest(0))]);
    if (result.status === 'fulfilled') break;
    await delay(50);
  }
  const parts = opened.move();
  return { send, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
