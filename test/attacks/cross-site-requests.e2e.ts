import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_KEY } from '../../sandbox/server.ts';
import type { Chromium } from '../support/chromium.ts';
import { openChromium, RUNS_HERE } from '../support/chromium.ts';
import { listen } from '../support/http.ts';
import { meetingNumber } from '../support/upstream.ts';
import type { World } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

/** A query that costs a call upstream where it is executed. */
const QUERY = `{ syncMeeting(id: "${meetingNumber(1)}") { joinUrl } }`;

/** What a page of another origin can do without a preflight; each settles once the browser has its answer. */
const TRICKS: readonly (readonly [string, (url: string, query: string) => Promise<unknown>])[] = [
  [
    'an image',
    url =>
      new Promise(resolve => {
        const image = new Image();
        image.onload = image.onerror = resolve;
        image.src = url;
      }),
  ],
  [
    'a script',
    url =>
      new Promise(resolve => {
        const script = document.createElement('script');
        script.onload = script.onerror = resolve;
        script.src = url;
        document.head.append(script);
      }),
  ],
  [
    'a frame',
    url =>
      new Promise(resolve => {
        const frame = document.createElement('iframe');
        frame.onload = resolve;
        frame.src = url;
        document.body.append(frame);
      }),
  ],
  ['fetch without CORS', url => fetch(url, { mode: 'no-cors', credentials: 'include' })],
  [
    'fetch without CORS that asks for JSON',
    url => fetch(url, { mode: 'no-cors', headers: { Accept: 'application/json' } }),
  ],
  ['fetch with CORS', url => fetch(url).catch(String)],
  [
    'fetch that names a key',
    url => fetch(url, { headers: { 'Ocp-Apim-Subscription-Key': 'sandbox-key' } }).catch(String),
  ],
  [
    'fetch that shows a preflight',
    url => fetch(url, { headers: { 'Apollo-Require-Preflight': '1' } }).catch(String),
  ],
  [
    'fetch of plain text by POST',
    (url, query) => fetch(url, { method: 'POST', mode: 'no-cors', body: JSON.stringify({ query }) }),
  ],
  [
    'a beacon',
    async (url, query) => {
      navigator.sendBeacon(url, new Blob([JSON.stringify({ query })], { type: 'text/plain' }));
      await fetch(url, { mode: 'no-cors' });
    },
  ],
];

/** What leads away from the page. */
const NAVIGATIONS: readonly (readonly [string, (url: string, query: string) => void])[] = [
  [
    'a link',
    url => {
      const link = document.createElement('a');
      link.href = url;
      document.body.append(link);
      link.click();
    },
  ],
  ...(['GET', 'POST'] as const).map(
    method =>
      [
        `a form by ${method}`,
        method === 'GET'
          ? (url: string, query: string): void => {
              const form = document.createElement('form');
              form.action = url.replace(/\?.*/, '');
              const input = document.createElement('input');
              input.name = 'query';
              input.value = query;
              form.append(input);
              document.body.append(form);
              form.submit();
            }
          : (url: string, query: string): void => {
              const form = document.createElement('form');
              form.action = url;
              form.method = 'POST';
              form.enctype = 'text/plain';
              const input = document.createElement('input');
              input.name = `{"query":${JSON.stringify(query)},"a":"`;
              input.value = '"}';
              form.append(input);
              document.body.append(form);
              form.submit();
            },
      ] as const,
  ),
];

/** Gateways that need no credentials: whatever is executed for a page reaches the upstream. */
const OPEN = { ALLOW_ANONYMOUS: 'true', UPSTREAM_SUBSCRIPTION_KEY: SANDBOX_KEY };

describe.runIf(RUNS_HERE).each([
  ['by default', {}],
  ['with GraphiQL', { GRAPHIQL: 'on' }],
  ['in development', { GRAPHIQL: 'on', ALLOW_SIMPLE_GET: 'true' }],
])('for a page of another origin, %s', (_mode, env) => {
  let chromium: Chromium;
  let world: World;
  let elsewhere: Server;
  let origin: string;
  let url: string;
  beforeAll(async () => {
    chromium = await openChromium();
    world = await openWorld({ env: { ...OPEN, ...env } });
    elsewhere = createServer((_request, response) => {
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<!doctype html><title>Elsewhere</title><body>');
    });
    // Another name for this machine: another site, as any page on the internet is.
    origin = `http://localhost:${await listen(elsewhere)}`;
    url = `${world.gateway.url}?query=${encodeURIComponent(QUERY)}`;
    return async () => {
      await chromium[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
      elsewhere.closeAllConnections();
      elsewhere.close();
    };
  });

  /** Opens the page, and settles with what it does once the gateway has answered a request of it. */
  async function visit(act: (page: Page) => Promise<unknown>): Promise<void> {
    world.sandbox.clear();
    const { page } = await chromium.newPage({ intercepts: false });
    await page.goto(origin);
    const answered = world.lines.filter(({ message }) => message === 'request').length;
    await act(page);
    await world.logged('request', answered + 1);
    expect(world.sandbox.hits).toEqual([]);
    await page.context().close();
  }

  const run = (page: Page, trick: (url: string, query: string) => unknown) =>
    page.evaluate(`(${trick.toString()})(${JSON.stringify(url)}, ${JSON.stringify(QUERY)})`);

  it.each(TRICKS)('%s executes nothing', async (_what, trick) => {
    await visit(page => run(page, trick));
  });

  it.each(NAVIGATIONS)('%s executes nothing', async (_what, navigate) => {
    await visit(async page => {
      const arrived = page.waitForURL(at => at.href.startsWith(world.gateway.url));
      await run(page, navigate);
      await arrived;
    });
  });

  it('the same query of a program that shows a preflight is executed', async () => {
    const response = await fetch(url, { headers: { 'Apollo-Require-Preflight': '1' } });
    expect(await response.text()).toContain('zoom.us');
    expect(world.sandbox.hits).toHaveLength(1);
    world.sandbox.clear();
  });
});
