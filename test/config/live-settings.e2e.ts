import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../sandbox/server.ts';
import { startSandbox } from '../../sandbox/server.ts';
import type { Program } from '../support/process.ts';
import { LISTENING, startGatewayProgram } from '../support/process.ts';

const ID = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';
const MEETING = `{ syncMeeting(id: "${ID}") { id } }`;
const HELLO = '{ __typename }';
const REREAD = 'a file changed: the subscription key and the manifest have been read again';
const REJECTED = 'a file changed and cannot be used: the values of before stay';

/** A folder of files that changes as a whole, as Kubernetes mounts one: each name is a link through `..data`. */
class Volume {
  readonly folder: string;
  #version = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async set(files: Readonly<Record<string, string>>): Promise<void> {
    const version = `..${this.#version++}`;
    await mkdir(this.path(version));
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(this.folder, version, name), text);
      if (version === '..0') await symlink(join('..data', name), this.path(name));
    }
    await symlink(version, this.path('..next'));
    await rename(this.path('..next'), this.path('..data'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}

const createVolume = async (): Promise<Volume> => new Volume(await mkdtemp(join(tmpdir(), 'volume-')));

const manifest = (...texts: readonly string[]): string =>
  JSON.stringify(Object.fromEntries(texts.map((text, index) => [`document ${index}`, text])));

async function start(volume: Volume, sandbox: Sandbox) {
  const program = startGatewayProgram({
    UPSTREAM_URL: sandbox.url,
    PERSISTED_DOCUMENTS: volume.path('manifest'),
    UPSTREAM_SUBSCRIPTION_KEY_FILE: volume.path('key'),
  });
  const [, url = ''] = await program.says(LISTENING);
  const ask = async (query: string): Promise<string> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer token' },
      body: JSON.stringify({ query }),
    });
    return response.text();
  };
  return { ask, program, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

/** Waits until the gateway has said a sentence so many times. */
const says = (program: Program, sentence: string, times = 1): Promise<unknown> =>
  program.says(new RegExp(`(?:${sentence}[\\s\\S]*){${times}}`));

describe.concurrent('the files of the manifest and the key', () => {
  it('are read again when a symbolic link above them is replaced', async () => {
    await using sandbox = await startSandbox();
    await using volume = await createVolume();
    await volume.set({ manifest: manifest(MEETING), key: 'sandbox-one\n' });
    await using gateway = await start(volume, sandbox);
    expect(await gateway.ask(HELLO)).toContain('PERSISTED_DOCUMENT_UNKNOWN');
    expect(await gateway.ask(MEETING)).toContain(ID);
    await volume.set({ manifest: manifest(MEETING, HELLO), key: 'sandbox-two\n' });
    // Each of the two files is seen to change.
    await says(gateway.program, REREAD, 2);
    expect(await gateway.ask(HELLO)).toContain('Query');
    expect(await gateway.ask(MEETING)).toContain(ID);
    const keys = sandbox.hits.map(({ headers }) => headers['ocp-apim-subscription-key']);
    expect(keys).toEqual(['sandbox-one', 'sandbox-two']);
    // What has left the manifest is refused, although it was executed before.
    await volume.set({ manifest: manifest(MEETING), key: 'sandbox-two\n' });
    await says(gateway.program, REREAD, 4);
    expect(await gateway.ask(HELLO)).toContain('PERSISTED_DOCUMENT_UNKNOWN');
  });

  it('are read again when they are overwritten', async () => {
    await using sandbox = await startSandbox();
    await using volume = await createVolume();
    await volume.set({ manifest: manifest(MEETING), key: 'sandbox-one' });
    await using gateway = await start(volume, sandbox);
    await writeFile(volume.path('manifest'), manifest(MEETING, HELLO));
    await says(gateway.program, REREAD);
    expect(await gateway.ask(HELLO)).toContain('Query');
  });

  it.each([
    [
      'a key that cannot be sent',
      { manifest: manifest(HELLO), key: 'clé' },
      'UPSTREAM_SUBSCRIPTION_KEY must',
    ],
    ['an empty key', { manifest: manifest(HELLO), key: '' }, 'UPSTREAM_SUBSCRIPTION_KEY_FILE must'],
    ['a manifest that is no JSON', { manifest: '{', key: 'sandbox-two' }, 'PERSISTED_DOCUMENTS must'],
    ['no manifest any more', { key: 'sandbox-two' }, 'PERSISTED_DOCUMENTS must'],
  ])('stay as they were with %s, and the log says why', async (_what, files, issue) => {
    await using sandbox = await startSandbox();
    await using volume = await createVolume();
    await volume.set({ manifest: manifest(MEETING), key: 'sandbox-one' });
    await using gateway = await start(volume, sandbox);
    await volume.set(files);
    await says(gateway.program, REJECTED);
    expect(gateway.program.output()).toContain(`"issues":["${issue}`);
    expect(gateway.program.output()).not.toContain('clé');
    expect(await gateway.ask(MEETING)).toContain(ID);
    expect(await gateway.ask(HELLO)).toContain('PERSISTED_DOCUMENT_UNKNOWN');
    expect(sandbox.hits.at(-1)?.headers['ocp-apim-subscription-key']).toBe('sandbox-one');
    // A later file that is good is used.
    await volume.set({ manifest: manifest(HELLO), key: 'sandbox-two' });
    await says(gateway.program, REREAD);
    expect(await gateway.ask(HELLO)).toContain('Query');
  });
});
