import type { Page } from 'playwright-core';
import type { Sandbox } from '../../../sandbox/server.ts';
import { type Chromium, openChromium, type WatchedPage } from '../../../test/support/chromium.ts';
import { type Running, setScene, startGateway, startLumiNUS, startPage } from '../servers.ts';

/** All that a page needs, running. */
export interface Campus extends AsyncDisposable {
  readonly luminus: Sandbox;
  readonly server: Running;
  readonly chromium: Chromium;
}

/** The page in a browser, after its first answer. */
export interface OpenWeek extends WatchedPage, AsyncDisposable {
  readonly luminus: Sandbox;
  /** What the page asked the gateway, in order. */
  readonly asked: readonly Asked[];
}

/** A query of the page: its operation and the ids it names. */
interface Asked {
  readonly operation: string;
  readonly ids: readonly string[];
}

/** How the reader's device is set. */
export interface Device {
  readonly timeZone?: string;
  readonly colorScheme?: 'light' | 'dark';
  readonly reducedMotion?: 'reduce' | 'no-preference';
  /** Done before the page is loaded. */
  readonly prepare?: (page: Page) => unknown;
}

/** Starts LumiNUS, gateway, page and browser; they last for all tests of a file. */
export async function startCampus(): Promise<Campus> {
  await using starting = new AsyncDisposableStack();
  const luminus = starting.use(await startLumiNUS());
  const gateway = starting.use(await startGateway(luminus.url));
  const server = starting.use(await startPage(gateway.url));
  const chromium = starting.use(await openChromium());
  const running = starting.move();
  return { luminus, server, chromium, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Opens the page in a new profile, and waits for it to say what came. */
export async function openWeek(
  { luminus, server, chromium }: Campus,
  device: Device = {},
): Promise<OpenWeek> {
  const { timeZone = 'Asia/Singapore', colorScheme = 'light', reducedMotion = 'no-preference' } = device;
  const { page, faults } = await chromium.newPage();
  page.setDefaultTimeout(15_000);
  const asked: Asked[] = [];
  page.on('request', request => {
    if (new URL(request.url()).pathname !== '/graphql') return;
    const { operationName, variables } = JSON.parse(request.postData() ?? '{}');
    asked.push({ operation: operationName, ids: variables.ids ?? [variables.id] });
  });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setTimezoneOverride', { timezoneId: timeZone });
  await page.setViewportSize({ width: 1200, height: 900 });
  await page.emulateMedia({ colorScheme, reducedMotion });
  setScene(luminus);
  await device.prepare?.(page);
  await page.goto(server.url);
  await page.getByRole('status').filter({ hasNotText: 'Loading' }).waitFor();
  return { page, faults, luminus, asked, [Symbol.asyncDispose]: () => page.context().close() };
}
