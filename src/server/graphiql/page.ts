import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { COMMON_HEADERS } from '../headers.ts';
import type { Reply } from '../reply.ts';
import { FIRST_TAB, GRAPHIQL_TABS } from './tabs.ts';

/** The call that starts the page's script. */
const START = 'YogaGraphiQL.renderYogaGraphiQL(';

interface Page {
  readonly html: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
  readonly csp: string;
}

/** Answers a GET with GraphiQL. */
export type GraphiQLPage = (request: IncomingMessage, reply: Reply) => Promise<void>;

/**
 * Makes the GraphiQL page, whole and from this process: it loads nothing from anywhere else.
 * It is rendered and compressed at its first reading, as few gateways ever show it.
 */
export function createGraphiQLPage(): GraphiQLPage {
  let page: Promise<Page> | undefined;
  return async (request, { response, headers: common, unread }) => {
    page ??= renderPage();
    const { html, gzipped, etag, csp } = await page;
    const zipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    const headers = {
      ...common,
      'Cache-Control': 'private, no-cache',
      'Content-Security-Policy': csp,
      'Content-Type': 'text/html; charset=utf-8',
      ETag: etag,
      Vary: `${COMMON_HEADERS.Vary}, Accept-Encoding`,
    };
    if (request.headers['if-none-match'] === etag) {
      unread.send(response.writeHead(304, headers), '', 0);
      return;
    }
    const body = zipped ? gzipped : html;
    response.writeHead(200, {
      ...headers,
      ...(zipped ? { 'Content-Encoding': 'gzip' } : {}),
      'Content-Length': body.length,
    });
    unread.send(response, body, body.length);
  };
}

async function renderPage(): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const rendered = renderGraphiQL({
    title: 'LumiNUS Zoom gateway',
    defaultQuery: FIRST_TAB.query,
    defaultTabs: [...GRAPHIQL_TABS],
    isHeadersEditorEnabled: true,
    // Headers hold credentials; they are not left behind in the browser.
    shouldPersistHeaders: false,
  });
  // GraphiQL looks for its first tab in its storage: without it the tab has no variables, and a reload opens another.
  const remembered = Object.entries(FIRST_TAB).map(
    ([name, value]) => `localStorage['graphiql:${name}'] ??= ${JSON.stringify(value)};\n`,
  );
  // Its tabs jump from under the pointer when pressed, as long as they are animated.
  const text = rendered
    .replace('</style>', '.graphiql-tab { transform: none !important }</style>')
    .replace(START, start => `${remembered.join('')}${start}`);
  if (!text.includes(`${remembered.join('')}${START}`))
    throw new Error('GraphiQL starts in another way than expected');
  const html = Buffer.from(text);
  const script = text.slice(text.indexOf('<script>') + '<script>'.length, text.lastIndexOf('</script>'));
  return {
    html,
    gzipped: await promisify(gzip)(html),
    etag: `"${createHash('sha256').update(html).digest('base64url')}"`,
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
