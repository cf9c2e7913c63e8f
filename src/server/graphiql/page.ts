import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { COMMON_HEADERS } from '../headers.ts';
import type { HttpHandler, HttpRequest } from '../http-message.ts';
import { startScript } from './start-script.ts';
import type { GraphiQLOptions } from './tabs.ts';

/** The call that starts the page's script. */
const START = 'YogaGraphiQL.renderYogaGraphiQL(';

/** An Accept-Encoding that names gzip, and not only to exclude it. */
const ACCEPTS_GZIP = /(?:^|,)\s*gzip\s*(?:;(?!\s*q=0(?:\.0*)?\s*(?:[,;]|$))|,|$)/i;

interface Page {
  readonly html: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
  readonly csp: string;
}

/**
 * Creates the handler that responds with GraphiQL: one document that loads nothing from anywhere else.
 * It is rendered and compressed when it is first requested, as few gateways ever show it.
 */
export function createGraphiQLHandler(options: GraphiQLOptions): HttpHandler {
  let page: Promise<Page> | undefined;
  return async ({ headers: sent }) => {
    page ??= renderPage(options);
    const { html, gzipped, etag, csp } = await page;
    const isGzipped = ACCEPTS_GZIP.test(String(sent['accept-encoding'] ?? ''));
    const headers = {
      'Cache-Control': 'private, no-cache',
      'Content-Security-Policy': csp,
      'Content-Type': 'text/html; charset=utf-8',
      ETag: etag,
      Vary: `${COMMON_HEADERS.Vary}, Accept-Encoding`,
    };
    if (sent['if-none-match'] === etag) return { status: 304, headers, body: '' };
    if (!isGzipped) return { status: 200, headers, body: html };
    return { status: 200, headers: { ...headers, 'Content-Encoding': 'gzip' }, body: gzipped };
  };
}

/** Tells whether a request comes from a browser that shows a page. */
export function acceptsHtml({ headers }: HttpRequest): boolean {
  return /\btext\/html\b/i.test(headers.accept ?? '');
}

async function renderPage({ tabs, headers, upstreamId }: GraphiQLOptions): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const rendered = renderGraphiQL({
    title: 'LumiNUS Zoom gateway',
    defaultQuery: tabs[0].query,
    defaultTabs: tabs.map(tab => (headers === null ? tab : { ...tab, headers })),
    ...(headers === null ? {} : { headers, initialHeaders: headers }),
    isHeadersEditorEnabled: true,
    // Headers hold credentials; they are not left behind in the browser, unless its user turns that on.
    shouldPersistHeaders: false,
  });
  const start = startScript({ firstTab: tabs[0], upstreamId, call: START });
  // While its tabs are animated, they move away from the pointer when pressed.
  const text = rendered
    .replace('</style>', '.graphiql-tab { transform: none !important }</style>')
    .replace(START, () => start);
  if (!text.includes(start)) throw new Error('GraphiQL starts in another way than expected');
  const html = Buffer.from(text);
  const script = text.slice(text.indexOf('<script>') + '<script>'.length, text.lastIndexOf('</script>'));
  return {
    html,
    gzipped: await promisify(gzip)(html),
    // Weak, as it is the same for both encodings.
    etag: `W/"${createHash('sha256').update(html).digest('base64url')}"`,
    csp: [
      "default-src 'none'",
      `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`,
      "style-src 'unsafe-inline'",
      'worker-src blob:',
      'img-src data:',
      'font-src data:',
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ].join('; '),
  };
}
