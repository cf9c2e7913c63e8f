import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Composer } from '../composers.ts';
import { curlCommand, FIRST_LOOK } from '../first-look.ts';
import { post } from './support/ask.ts';

test('one command starts everything, its first query works, and a signal ends it', async () => {
  await using example = startExample();
  const url = (await example.urls).at(-1) ?? '';

  const page = await fetch(url, { headers: { accept: 'text/html' } });
  const html = await page.text();
  expect(html).toContain('MyMeetings');
  expect(html).not.toMatch(/<(?:script|link)[^>]+(?:src|href)="https?:/);

  const answer = await post(url, FIRST_LOOK.defaultQuery, { headers: JSON.parse(FIRST_LOOK.headers) });
  expect(answer.data).toMatchObject({ modules: [{ meetings: [{ name: expect.any(String) }, {}] }, {}, {}] });
  const codes = answer.errors.map(error => error.extensions.code);
  expect(new Set(codes)).toEqual(new Set(['FORBIDDEN', 'NOT_FOUND']));

  example.stop();
  expect(await example.exited).toEqual([0, null]);
});

test.for<Composer>(['stitching', 'apollo', 'hive'])(
  'a browser sees GraphiQL, and the command for a shell is answered, with COMPOSER=%s',
  async composer => {
    await using example = startExample(composer);
    const url = (await example.urls).at(-1) ?? '';
    const page = await fetch(url, { headers: { accept: 'text/html' } });
    const html = await page.text();
    expect([page.status, html.includes('MyMeetings'), html.includes('sandbox-key')]).toEqual([
      200,
      true,
      true,
    ]);
    expect(html).not.toMatch(/<(?:script|link)[^>]+(?:src|href)="https?:/);

    const options = [...curlCommand(url).matchAll(/-(H|d) '([^']+)'/g)].map(([, name, value = '']) => ({
      name,
      value,
    }));
    const headers = options.flatMap(({ name, value }) => (name === 'H' ? [value.split(': ')] : []));
    const answer = await fetch(url, {
      method: 'POST',
      headers: Object.fromEntries(headers),
      body: options.find(({ name }) => name === 'd')?.value ?? '',
    });
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ data: { modules: [{ code: 'CS2030S' }, {}, {}] } });
    // A person sees the meetings first.
    expect(text.startsWith('{"data":')).toBe(true);
    example.stop();
    await example.exited;
  },
);

test('the README has the command for a shell', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(curlCommand('http://localhost:4030/graphql'));
});

test.for<Composer>(['stitching', 'apollo', 'hive'])(
  'a signal ends everything, the gateway too, with COMPOSER=%s',
  async composer => {
    await using example = startExample(composer);
    const urls = await example.urls;
    expect(urls).toHaveLength(4);

    example.stop();
    expect(await example.exited).toEqual([0, null]);
    for (const url of urls) {
      await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    }
  },
);

function startExample(composer: Composer = 'stitching') {
  const child = spawn(process.execPath, ['start.ts'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: {
      PATH: process.env['PATH'],
      COMPOSER: composer,
      SANDBOX_PORT: '0',
      PORT: '0',
      MODULES_PORT: '0',
      CAMPUS_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const stop = () => child.kill('SIGTERM');
  return {
    urls: urlsOf(child.stdout),
    exited,
    stop,
    async [Symbol.asyncDispose]() {
      stop();
      await exited;
    },
  };
}

/** Where the parts of the example are, in the order they start; the campus graph is the last. */
async function urlsOf(output: NodeJS.ReadableStream): Promise<string[]> {
  const urls: string[] = [];
  for await (const line of createInterface(output)) {
    const [, name, url] = /^([A-Z][^:{]+): (http:.+)$/.exec(line) ?? [];
    if (url !== undefined) urls.push(url);
    if (name === 'Campus graph') return urls;
  }
  throw new Error('it ended before the campus graph was there');
}
