import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { meetingOf } from '../../sandbox/meeting.ts';
import { SANDBOX_KEY, type Sandbox, startSandbox } from '../../sandbox/server.ts';
import { readConfig } from '../../src/config/load.ts';
import { type Gateway, startGateway } from '../../src/gateway.ts';
import type { Log } from '../../src/observability/log.ts';
import { type Chromium, openChromium, RUNS_HERE } from '../support/chromium.ts';

const FIRST_ID = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };
const LIKE_A_BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

function startGatewayOf(sandbox: Sandbox, graphiql: 'on' | 'off' = 'on'): Promise<Gateway> {
  const config = readConfig({
    PORT: '0',
    UPSTREAM_URL: sandbox.url,
    UPSTREAM_SUBSCRIPTION_KEY: SANDBOX_KEY,
    ALLOW_ANONYMOUS: 'true',
    GRAPHIQL: graphiql,
    UPSTREAM_HOLD: 'off',
    // Enough for a machine that is busy with the browser.
    UPSTREAM_ATTEMPT_TIMEOUT_MS: '1500',
  });
  return startGateway({ config, log: SILENT });
}

/** A gateway with the settings of `GRAPHIQL=on npm start`: its callers send their own key. */
function startPlainGateway(sandbox: Sandbox): Promise<Gateway> {
  return startGateway({
    config: readConfig({ PORT: '0', UPSTREAM_URL: sandbox.url, GRAPHIQL: 'on' }),
    log: SILENT,
  });
}

/** Presses run and reads the meeting of the first query in the result pane. */
async function runFirstQuery(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Execute query' }).click();
  const result = page.getByRole('region', { name: 'Result Window' });
  await result.getByText(`"${FIRST_ID}"`).first().waitFor();
  await result
    .getByText(`"${meetingOf(FIRST_ID).name}"`)
    .first()
    .waitFor();
}

describe.runIf(RUNS_HERE)('in a browser that reaches this machine alone', () => {
  let chromium: Chromium;

  beforeAll(async () => {
    chromium = await openChromium();
    return () => chromium[Symbol.asyncDispose]();
  });

  test('a newcomer opens GraphiQL, presses run and reads a meeting', async () => {
    await using sandbox = await startSandbox();
    await using gateway = await startGatewayOf(sandbox);
    const { page, faults } = await chromium.newPage();
    await page.goto(gateway.url);
    await runFirstQuery(page);
    expect(faults).toEqual([]);
    expect(sandbox.hits).toMatchObject([{ id: FIRST_ID }]);

    await page.reload();
    await runFirstQuery(page);
    expect(faults).toEqual([]);
    expect(sandbox.hits).toHaveLength(2);
  });

  test('the page comes whole from this process', async () => {
    await using sandbox = await startSandbox();
    await using gateway = await startGatewayOf(sandbox);
    const { page, faults } = await chromium.newPage();
    const places = new Set<string>();
    page.on('request', request => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== 'data:' && protocol !== 'blob:') places.add(origin);
    });
    await page.goto(gateway.url);
    await runFirstQuery(page);
    expect([...places]).toEqual([new URL(gateway.url).origin]);
    expect(faults).toEqual([]);
  });

  test('each tab shows what its comment says', async () => {
    await using sandbox = await startSandbox();
    await using gateway = await startGatewayOf(sandbox);
    const { page } = await chromium.newPage();
    await page.goto(gateway.url);
    const run = async (tab: string, ...expected: string[]): Promise<void> => {
      await page.getByRole('button', { name: tab, exact: true }).click();
      await page.getByRole('tab', { name: tab, selected: true }).waitFor();
      await page.locator('.graphiql-query-editor').getByText(tab).first().waitFor();
      const ask = async (): Promise<string | null> => {
        const answered = page.waitForResponse(
          response => response.request().postData()?.includes(`query ${tab}`) === true,
          { timeout: 4_000 },
        );
        await page.getByRole('button', { name: 'Execute query' }).click();
        return await answered.then(
          response => response.text(),
          () => null,
        );
      };
      // For a moment after a change of tabs, GraphiQL still looks for the operation of the one before.
      const text = (await ask()) ?? (await ask());
      for (const part of expected) expect(text).toContain(part);
      // The button says "Stop query" until the answer has been taken in.
      await page.getByRole('button', { name: 'Execute query' }).waitFor();
    };

    await run('FirstMeeting', meetingOf(FIRST_ID).name);
    await run('ManyMeetings', `"name":"${meetingOf(FIRST_ID).name}"`);
    expect(sandbox.hits).toHaveLength(4);
    const codes = [
      'UNAUTHENTICATED',
      'FORBIDDEN',
      'NOT_FOUND',
      'UPSTREAM_QUOTA_EXCEEDED',
      'UPSTREAM_RATE_LIMITED',
      'BAD_USER_INPUT',
      'UPSTREAM_MISCONFIGURED',
      'UPSTREAM_BAD_REQUEST',
      'UPSTREAM_ERROR',
      'UPSTREAM_UNAVAILABLE',
      'UPSTREAM_TIMEOUT',
      'UPSTREAM_INVALID_RESPONSE',
    ];
    await run('EachFailure', ...codes.map(code => `"code":"${code}"`));
    await run(
      'BrokenFields',
      '["syncMeeting","startDate"]',
      '["syncMeeting","endDate"]',
      '["syncMeeting","createdDate"]',
    );
    await run('NotAnId', '"code":"BAD_USER_INPUT"');
  });

  test('in front of anything else it opens with one tab and a template of the credentials', async () => {
    await using sandbox = await startSandbox({ acceptsKey: key => key === 'real-key' });
    await using gateway = await startPlainGateway(sandbox);
    const { page, faults } = await chromium.newPage();
    await page.goto(new URL('/', gateway.url).href);
    expect(page.url()).toBe(gateway.url);
    await page.locator('.graphiql-query-editor').getByText('# LumiNUS Zoom gateway. Docs').waitFor();
    expect(await page.getByRole('tab').allTextContents()).toEqual(['Meeting']);
    expect(await (await fetch(gateway.url, { headers: LIKE_A_BROWSER })).text()).not.toMatch(
      /FirstMeeting|EachFailure/,
    );

    for (const visit of ['first', 'second']) {
      if (visit === 'second') await page.reload();
      await page.getByRole('button', { name: 'Headers', exact: true }).click();
      const template = page.locator('.graphiql-editor-tool').getByText('Ocp-Apim-Subscription-Key');
      await template.waitFor();
      expect(await page.getByRole('tab').count()).toBe(1);
    }
    expect(faults).toEqual([]);
  });

  test('headers are not stored, unless the user turns that on', async () => {
    await using sandbox = await startSandbox();
    await using gateway = await startPlainGateway(sandbox);
    const { page } = await chromium.newPage();
    await page.goto(gateway.url);
    const stored = () => page.evaluate(() => JSON.stringify(Object.entries(localStorage)));
    const type = async (text: string): Promise<void> => {
      await page.getByRole('button', { name: 'Headers', exact: true }).click();
      await page.locator('.graphiql-editor-tool .view-lines').last().click();
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.insertText(text);
      await page.locator('.graphiql-editor-tool').getByText(text).waitFor();
    };
    await type('{"a":"my-token"}');
    await page.reload();
    await page.getByRole('button', { name: 'Headers', exact: true }).click();
    await page.locator('.graphiql-editor-tool').getByText('Ocp-Apim-Subscription-Key').waitFor();
    expect(await stored()).not.toContain('my-token');

    await page.getByRole('button', { name: 'Open settings dialog' }).click();
    await page.getByRole('button', { name: 'On', exact: true }).click();
    await page.keyboard.press('Escape');
    await type('{"a":"my-token"}');
    await expect.poll(stored).toContain('my-token');
    await page.reload();
    await page.getByRole('button', { name: 'Headers', exact: true }).click();
    await page.locator('.graphiql-editor-tool').getByText('my-token').waitFor();
  });

  test("another project's storage on the same origin, or another upstream's, hides nothing", async () => {
    await using sandbox = await startSandbox();
    await using gateway = await startGatewayOf(sandbox);
    const { page, faults } = await chromium.newPage();
    await page.addInitScript(() => {
      const tab = {
        id: '1',
        title: 'Theirs',
        query: '{ theirs }',
        variables: null,
        headers: null,
        operationName: null,
        response: null,
      };
      for (const prefix of ['', 'luminus-zoom-gateway https://elsewhere.example/ ']) {
        localStorage.setItem(`${prefix}graphiql:query`, '{ theirs }');
        localStorage.setItem(
          `${prefix}graphiql:tabState`,
          JSON.stringify({ tabs: [tab], activeTabIndex: 0 }),
        );
      }
    });
    await page.goto(gateway.url);
    await runFirstQuery(page);
    expect(await page.getByRole('tab', { name: 'FirstMeeting' }).count()).toBe(1);
    expect(await page.getByText('theirs').count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test('the Explorer starts with syncMeeting', async () => {
    await using sandbox = await startSandbox();
    await using gateway = await startGatewayOf(sandbox);
    const { page } = await chromium.newPage();
    await page.goto(gateway.url);
    await page.getByRole('button', { name: 'Show GraphiQL Explorer' }).click();
    const fields = page.locator('.graphiql-explorer-root').getByText(/^_?(?:sync|service|entities)/);
    await fields.first().waitFor();
    expect((await fields.allTextContents())[0]).toBe('syncMeeting');
    expect((await fields.allTextContents()).join()).not.toContain('_');
  });

  test('the docs know the schema', async () => {
    await using sandbox = await startSandbox();
    await using gateway = await startGatewayOf(sandbox);
    const { page, faults } = await chromium.newPage();
    await page.goto(gateway.url);
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByRole('link', { name: 'ZoomMeeting', exact: true }).click();
    await page.getByRole('link', { name: 'meetingDuration', exact: true }).waitFor();
    expect(faults).toEqual([]);
    expect(sandbox.hits).toEqual([]);
  });
});

test('a first reading is compressed, and may run no script but its own', async () => {
  await using sandbox = await startSandbox();
  await using gateway = await startGatewayOf(sandbox);
  const page = await fetch(gateway.url, { headers: LIKE_A_BROWSER });
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-encoding')).toBe('gzip');
  expect(page.headers.get('vary')).toMatch(/\bAccept-Encoding\b/i);
  expect(page.headers.get('cache-control')).toBe('private, no-cache');
  const rules = page.headers.get('content-security-policy')?.split('; ');
  expect(rules).toContain("default-src 'none'");
  expect(rules?.filter(rule => rule.startsWith('script-src'))).toEqual([
    expect.stringMatching(/^script-src 'sha256-[\w+/]{43}='$/),
  ]);
  expect(await page.text()).toContain(FIRST_ID);
});

test('a second reading is answered 304', async () => {
  await using sandbox = await startSandbox();
  await using gateway = await startGatewayOf(sandbox);
  const first = await fetch(gateway.url, { headers: LIKE_A_BROWSER });
  await first.arrayBuffer();
  const etag = first.headers.get('etag') ?? '';
  const second = await fetch(gateway.url, { headers: { ...LIKE_A_BROWSER, 'if-none-match': etag } });
  expect(second.status).toBe(304);
  expect(second.headers.get('etag')).toBe(etag);
  expect(await second.text()).toBe('');
});

test("with GRAPHIQL off a browser's GET is refused with 400", async () => {
  await using sandbox = await startSandbox();
  await using gateway = await startGatewayOf(sandbox, 'off');
  const refusal = await fetch(gateway.url, { headers: LIKE_A_BROWSER });
  expect(refusal.status).toBe(400);
  expect(refusal.headers.get('content-type')).not.toContain('html');
});
