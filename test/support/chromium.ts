import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';

/** A page that was never anywhere, and all that went wrong on it so far: a live list. */
export interface WatchedPage {
  readonly page: Page;
  readonly faults: string[];
}

/** A running browser that reaches this machine and nothing else. */
export interface Chromium extends AsyncDisposable {
  /**
   * Opens a page with a profile of its own: no cookies, storage or cache of another one.
   * @param intercepts whether requests to elsewhere are refused before the browser looks up their host. Playwright then also
   * answers preflights itself, so a test of preflights has to leave it out.
   */
  newPage(options?: { readonly intercepts?: boolean }): Promise<WatchedPage>;
}

/** Whether this machine can run the browser: the package holds the one for Linux on x64. */
export const RUNS_HERE = process.platform === 'linux' && process.arch === 'x64';

/** The hosts a page may ask. */
const HOSTS = ['127.0.0.1', 'localhost'];

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--host-resolver-rules=${['MAP * ~NOTFOUND', ...HOSTS.map(host => `EXCLUDE ${host}`)].join(' , ')}`,
];

/**
 * Starts the Chromium that npm installed, so a test in a browser needs no system package and no download.
 * All it unpacks and writes is in a folder of its own, which goes with it.
 */
export async function openChromium(): Promise<Chromium> {
  const home = await mkdtemp(join(tmpdir(), 'chromium-'));
  const removeHome = () => rm(home, { recursive: true, force: true, maxRetries: 5 });
  let browser: Browser;
  try {
    browser = await launch(home);
  } catch (error) {
    await removeHome();
    throw error;
  }
  return {
    newPage: ({ intercepts = true } = {}) => openPage(browser, intercepts),
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await removeHome();
    },
  };
}

async function launch(home: string): Promise<Browser> {
  const executablePath = await unpack(home);
  const fonts = join(home, 'fonts');
  // The configuration that is unpacked looks for its fonts in /tmp, and Chromium crashes where it finds none.
  await writeFile(
    join(fonts, 'fonts.conf'),
    `<fontconfig><dir>${fonts}</dir><cachedir>${join(home, 'fonts-cache')}</cachedir></fontconfig>`,
  );
  return playwright.launch({
    executablePath,
    args: FLAGS,
    env: {
      ...process.env,
      HOME: home,
      TMPDIR: home,
      FONTCONFIG_PATH: fonts,
      LD_LIBRARY_PATH: join(home, 'al2023', 'lib'),
    },
  });
}

/** Unpacks the browser, and the system libraries that it only brings along for AWS Lambda. */
async function unpack(home: string): Promise<string> {
  const before = { ...process.env };
  try {
    Object.assign(process.env, { TMPDIR: home, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' });
    const { default: sparticuz } = await import('@sparticuz/chromium');
    return await sparticuz.executablePath();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

async function openPage(browser: Browser, intercepts: boolean): Promise<WatchedPage> {
  const context = await browser.newContext();
  if (intercepts) await context.route(isElsewhere, route => route.abort());
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('requestfailed', request => {
    faults.push(`${request.method()} ${request.url()}: ${request.failure()?.errorText ?? 'failed'}`);
  });
  page.on('response', response => {
    if (response.status() >= 400) faults.push(`${response.url()}: ${response.status()}`);
  });
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) faults.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', error => void faults.push(String(error)));
  return { page, faults };
}

function isElsewhere({ protocol, hostname }: URL): boolean {
  return protocol !== 'data:' && protocol !== 'blob:' && !HOSTS.includes(hostname);
}
