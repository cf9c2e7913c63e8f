import { createServer } from 'node:http';
import { TOKEN_PARTS } from './caller.ts';
import { wireMeeting } from './meeting.ts';

/**
 * An upstream of its own process that is slow or fails, and counts: what nginx cannot do.
 * `POST /mode?delay=50&failures=0.3` sets it anew, `GET /hits` tells the calls since, and how many of them were open at once.
 */
let delay = 0;
let failures = 0;
const noCalls = () => ({ hits: 0, open: 0, mostAtOnce: 0 });
/** Calls since the mode was set: one that is left from before counts no more. */
let counts = noCalls();
let seed = 0;

/** Park and Miller's generator: every run has its failures at the same calls. */
function random(): number {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '', 'http://upstream.invalid');
  if (url.pathname === '/mode') {
    delay = Number(url.searchParams.get('delay'));
    failures = Number(url.searchParams.get('failures'));
    counts = noCalls();
    seed = 20_261_122;
    response.end();
    return;
  }
  if (url.pathname === '/hits') {
    const { hits, mostAtOnce } = counts;
    response.end(JSON.stringify({ hits, mostAtOnce }));
    return;
  }
  const counted = counts;
  counted.hits += 1;
  counted.open += 1;
  counted.mostAtOnce = Math.max(counted.mostAtOnce, counted.open);
  response.once('close', () => {
    counted.open -= 1;
  });
  const fails = random() < failures;
  const answer = (): void => {
    if (fails) {
      response.writeHead(503, { 'Content-Type': 'text/html' }).end('<h1>Service Unavailable</h1>');
      return;
    }
    const id = /^\/zoom\/Meeting\/([^/]+)\/Sync$/.exec(url.pathname)?.[1] ?? '';
    const key = String(request.headers['ocp-apim-subscription-key']);
    const start = `Bearer ${TOKEN_PARTS.before}`.length;
    const subject = String(request.headers.authorization).slice(start, -TOKEN_PARTS.after.length);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(wireMeeting(id, { key, subject })));
  };
  if (delay > 0) setTimeout(answer, delay);
  else answer();
});
server.keepAliveTimeout = 600_000;
server.listen(Number(process.env['PORT']), '127.0.0.1');
