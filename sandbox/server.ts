import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { keyInvalid, keyMissing, noRoute, rateLimited } from './apim.ts';
import { idInvalid } from './aspnet.ts';
import { createLedger, type Hit } from './hits.ts';
import { type Exchange, meeting, type Reply } from './reply.ts';
import { SCENARIOS, scenarioId } from './scenarios.ts';

export type { Hit } from './hits.ts';
export type { Exchange, Reply } from './reply.ts';

/** A subscription key every sandbox takes, unless it was started with its own `acceptsKey`. */
export const SANDBOX_KEY = 'sandbox-key';

export type SandboxOptions = {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly host?: string;
  /** How long the slow scenario takes to answer. */
  readonly slowMs?: number;
  /** What stands before `/zoom` in every path, such as '/v2/api'. */
  readonly pathPrefix?: string;
  /** By default any key that starts with 'sandbox-'. */
  readonly acceptsKey?: (key: string) => boolean;
  /** How many hits are kept; the oldest go first. */
  readonly remember?: number;
};

/** A running upstream. */
export type Sandbox = AsyncDisposable & {
  /** What to give a gateway as its upstream: origin and path prefix, no slash at the end. */
  readonly url: string;
  /** Every request so far, refused ones and other paths too. A live list, in order of arrival. */
  readonly hits: readonly Hit[];
  /** The hits for one id, letter case aside. */
  readonly hitsOf: (id: string) => Hit[];
  readonly openSockets: () => number;
  /** A test's own reply for an id; it wins over `answerAll`, the scenarios and the meetings. */
  readonly answer: (id: string, reply: Reply) => void;
  /** A test's own reply for every id that has none of its own. */
  readonly answerAll: (reply: Reply) => void;
  /** Forgets hits, counts of earlier calls and own replies. */
  readonly clear: () => void;
  /** Settles once no exchange is open. */
  readonly idle: () => Promise<void>;
  /** Settles once at least `count` hits were recorded since the start or the last `clear`. */
  readonly hit: (count: number) => Promise<void>;
  /** Ends everything at once, open exchanges too; safe to call twice. */
  readonly close: () => Promise<void>;
};

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const OPERATION = /^\/zoom\/Meeting\/([^/]+)\/Sync$/;
const APP_ID = 'appId=cid-v1:3c1d2f7e-84a5-4b06-9d3f-6a2e5b7c8d90';
const REPLIES = new Map(SCENARIOS.map(({ number, reply }) => [scenarioId(number), reply]));

/** Starts the upstream on a socket; rejects if it cannot listen there. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = '127.0.0.1', slowMs = 1000, pathPrefix = '', remember = 100_000 } = options;
  const { acceptsKey = key => key.startsWith('sandbox-') } = options;
  const ledger = createLedger(remember);
  const sockets = new Set<Socket>();
  const ownReplies = new Map<string, Reply>();
  const calls = new Map<string, number>();
  /** Until when calls are refused, by key, or by key and Authorization. */
  const limited = new Map<string, number>();
  let ownReplyForAll: Reply | undefined;

  function chooseReply(id: string, headers: IncomingHttpHeaders): Reply {
    const key = keyOf(headers);
    if (key === '') return keyMissing;
    if (!acceptsKey(key)) return keyInvalid;
    const seconds = secondsLeft(headers);
    if (seconds > 0) return rateLimited(seconds);
    if (id === '') return noRoute;
    if (!UUID.test(id)) return idInvalid;
    const known = id.toLowerCase();
    return ownReplies.get(known) ?? ownReplyForAll ?? REPLIES.get(known) ?? meeting;
  }

  function countCall(key: string): number {
    const earlier = calls.get(key) ?? 0;
    calls.set(key, earlier + 1);
    return earlier;
  }

  function secondsLeft(headers: IncomingHttpHeaders): number {
    const names = [keyOf(headers), callerOf(headers)];
    const until = Math.max(...names.map(name => limited.get(name) ?? 0));
    return Math.ceil((until - performance.now()) / 1000);
  }

  const server = createServer((request, response) => {
    const id = idIn(request, pathPrefix);
    const { headers } = request;
    const settle = ledger.open(id, request);
    const drop = watch(request, response, settle);
    const earlier = countCall(id.toLowerCase());
    const earlierOfCaller = countCall(`${id.toLowerCase()} ${callerOf(headers)}`);
    const limit: Exchange['limit'] = (by, seconds) => {
      const name = by === 'key' ? keyOf(headers) : callerOf(headers);
      limited.set(name, performance.now() + seconds * 1000);
    };
    response.setHeader('Request-Context', APP_ID);
    void chooseReply(
      id,
      headers,
    )({
      id,
      headers,
      earlier,
      earlierOfCaller,
      limit,
      slowMs,
      response,
      drop,
    });
  });
  server.keepAliveTimeout = 65_000;
  server.on('connection', socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  async function close(): Promise<void> {
    const closed = new Promise<void>(resolve => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  const origin = await new Promise<string>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(`http://${host}:${address.port}`);
    });
  });

  return {
    url: origin + pathPrefix,
    hits: ledger.hits,
    hitsOf: id => ledger.hits.filter(hit => hit.id.toLowerCase() === id.toLowerCase()),
    openSockets: () => sockets.size,
    answer: (id, reply) => void ownReplies.set(id.toLowerCase(), reply),
    answerAll: reply => {
      ownReplyForAll = reply;
    },
    clear: () => {
      ledger.clear();
      calls.clear();
      limited.clear();
      ownReplies.clear();
      ownReplyForAll = undefined;
    },
    idle: ledger.idle,
    hit: ledger.hit,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function keyOf(headers: IncomingHttpHeaders): string {
  return String(headers['ocp-apim-subscription-key'] ?? '');
}

function callerOf(headers: IncomingHttpHeaders): string {
  return JSON.stringify([keyOf(headers), headers.authorization]);
}

function idIn({ method, url = '' }: IncomingMessage, pathPrefix: string): string {
  const [path = ''] = url.split('?');
  if (method !== 'GET' || !path.startsWith(pathPrefix)) return '';
  return OPERATION.exec(path.slice(pathPrefix.length))?.[1] ?? '';
}

/** Settles a hit when its exchange is over; returns the way for a reply to end it early. */
function watch(
  { socket }: IncomingMessage,
  response: ServerResponse,
  settle: (outcome: 'answered' | 'cut') => void,
): (how: 'end' | 'reset') => void {
  let complete = false;
  let dropped = false;
  response.once('finish', () => {
    // Node also says 'finish' when a destroyed socket throws away the rest of an answer.
    complete = !socket.destroyed;
  });
  response.once('close', () => settle(complete || dropped ? 'answered' : 'cut'));
  // A client that leaves while a reply writes is an outcome, not an error.
  response.on('error', () => {});
  return how => {
    dropped = true;
    if (how === 'reset') socket.resetAndDestroy();
    else socket.destroy();
  };
}
