import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { COMMON_HEADERS } from './headers.ts';

const FIRST_QUERY = `# A Zoom meeting of a LumiNUS module.
# Press the run button, or Ctrl+Enter.
query FirstMeeting {
  syncMeeting(id: "3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b") {
    id
    name
    startDate
    endDate
    meetingDuration
    meetingType
    recordType
    joinUrl
    alternativeHosts
  }
}
`;

/** The call that starts the page's script. */
const START = 'YogaGraphiQL.renderYogaGraphiQL(';

interface Page {
  readonly html: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
  readonly csp: string;
}

/** Answers a GET with GraphiQL. */
export type GraphiQLPage = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * Makes the GraphiQL page, whole and from this process: it loads nothing from anywhere else.
 * It is rendered and compressed at its first reading, as few gateways ever show it.
 */
export function createGraphiQLPage(): GraphiQLPage {
  let page: Promise<Page> | undefined;
  return async (request, response) => {
    page ??= renderPage();
    const { html, gzipped, etag, csp } = await page;
    const zipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    const headers = {
      ...COMMON_HEADERS,
      'Cache-Control': 'private, no-cache',
      'Content-Security-Policy': csp,
      'Content-Type': 'text/html; charset=utf-8',
      ETag: etag,
      Vary: `${COMMON_HEADERS.Vary}, Accept-Encoding`,
    };
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, headers).end();
      return;
    }
    const body = zipped ? gzipped : html;
    response.writeHead(200, {
      ...headers,
      ...(zipped ? { 'Content-Encoding': 'gzip' } : {}),
      'Content-Length': body.length,
    });
    response.end(body);
  };
}

async function renderPage(): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const rendered = renderGraphiQL({
    title: 'LumiNUS Zoom gateway',
    defaultQuery: FIRST_QUERY,
    isHeadersEditorEnabled: true,
    // Headers hold credentials; they are not left behind in the browser.
    shouldPersistHeaders: false,
  });
  // At a reload, GraphiQL opens an empty tab unless it finds the last query in its storage.
  const text = rendered.replace(
    START,
    start => `localStorage['graphiql:query'] ??= ${JSON.stringify(FIRST_QUERY)};\n${start}`,
  );
  if (text === rendered) throw new Error('GraphiQL starts in another way than expected');
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
