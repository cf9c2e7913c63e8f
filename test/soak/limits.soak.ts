import { Agent, request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { json } from '../../sandbox/reply.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { residentBytes } from '../support/memory.ts';
import { LISTENING, startProgram } from '../support/process.ts';
import { meetingNumber } from '../support/upstream.ts';
import { CREDENTIALS } from '../support/world.ts';

const ROUNDS = 2_000;
const AT_ONCE = 20;
const MAX_GROWTH = 20 * 1024 * 1024;

/** A request that asks for one more than a limit allows: the n-th, like no other. */
interface Attack {
  readonly limit: string;
  /** What is in the answer when it was refused. */
  readonly refusal: string;
  readonly body: (n: number) => string;
  readonly headers?: (n: number) => Readonly<Record<string, string>>;
}

const query = (text: string, variables = {}) => JSON.stringify({ query: text, variables });
const hello = (n: number) => query(`query Hello${n} { __typename }`);
const times = (count: number, write: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => write(n)).join(' ');
const one = (n: number) => query(`{ syncMeeting(id: "${meetingNumber(n)}") { id } }`);
const expired = (n: number) =>
  `e30.${Buffer.from(JSON.stringify({ exp: 1, sub: `user ${n}` })).toString('base64url')}.c2lnbmF0dXJl`;

const ATTACKS: readonly Attack[] = [
  { limit: 'body', refusal: ' 413 ', body: n => `${n}`.padStart(100_001, ' ') },
  { limit: 'headers', refusal: ' 431 ', body: hello, headers: n => ({ a: `${n}`.padStart(16_400, 'a') }) },
  { limit: 'tokens', refusal: 'tokens', body: n => query(`{ a${n} ${'b '.repeat(1_000)} }`) },
  {
    limit: 'depth',
    refusal: 'levels of depth',
    body: n => query(`query Q${n} { ${'a { '.repeat(10)} a ${'} '.repeat(10)} }`),
  },
  { limit: 'fields', refusal: 'fields', body: n => query(`query Q${n} { ${'__typename '.repeat(401)} }`) },
  {
    limit: 'aliases',
    refusal: 'aliases',
    body: n => query(`query Q${n} { ${times(31, i => `a${i}: __typename`)} }`),
  },
  {
    limit: 'directives',
    refusal: 'directives',
    body: n => query(`query Q${n} { __typename ${'@a '.repeat(11)} }`),
  },
  {
    limit: 'meetings',
    refusal: 'more than 100 different meetings',
    body: n =>
      query('query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }', {
        ids: Array.from({ length: 101 }, (_, i) => meetingNumber(n * 101 + i)),
      }),
  },
  {
    limit: 'names of meetings',
    refusal: 'more than 1000 meetings',
    body: n =>
      query('query ($ids: [UUID!]!) { syncMeetings(ids: $ids) { id } }', {
        ids: Array(1_001).fill(meetingNumber(n)),
      }),
  },
  {
    limit: 'batch',
    refusal: 'more than 3 operations',
    body: n => `[${times(4, () => `${hello(n)},`).slice(0, -1)}]`,
  },
  {
    limit: 'Authorization',
    refusal: 'UNAUTHENTICATED',
    body: one,
    headers: n => ({ ...CREDENTIALS, authorization: `Bearer ${`${n}`.padStart(8_186, 't')}` }),
  },
  {
    limit: 'subscription key',
    refusal: 'UNAUTHENTICATED',
    body: one,
    headers: n => ({ 'ocp-apim-subscription-key': `${n}`.padStart(257, 'k') }),
  },
  {
    limit: 'life of a token',
    refusal: 'The token has expired',
    body: one,
    headers: n => ({ ...CREDENTIALS, authorization: `Bearer ${expired(n)}` }),
  },
  { limit: 'size of an upstream answer', refusal: 'UPSTREAM_INVALID_RESPONSE', body: one },
  { limit: 'different documents', refusal: 'nothing', body: n => query(`{ nothing${n} }`) },
  { limit: 'syntax', refusal: 'GRAPHQL_PARSE_FAILED', body: n => query(`{ a${n}(`) },
  {
    limit: 'request id',
    refusal: '"data"',
    body: hello,
    headers: n => ({ 'x-request-id': `${n}`.padStart(65, 'x') }),
  },
];

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

/** Sends a request and returns its status line and body; a connection that is closed early counts as refused. */
function send(url: string, { body, headers = () => CREDENTIALS }: Attack, n: number): Promise<string> {
  const content = body(n);
  return new Promise(resolve => {
    const sent = request(
      url,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(content),
          ...headers(n),
        },
      },
      response => {
        let text = '';
        response.on('data', chunk => {
          text += chunk;
        });
        response.on('close', () => resolve(` ${response.statusCode} ${text}`));
      },
    );
    sent.on('error', () => resolve('closed'));
    sent.end(content);
  });
}

/** Attacks so many times, and tells how often it was refused and the most memory the process had on the way. */
async function attackOften(url: string, attack: Attack, from: number, pid: number | undefined) {
  let next = from;
  let refused = 0;
  let peak = 0;
  const worker = async (): Promise<void> => {
    while (next < from + ROUNDS) {
      const n = next++;
      const answer = await send(url, attack, n);
      if (answer === 'closed' || answer.includes(attack.refusal)) refused += 1;
      if (n % 50 === 0) peak = Math.max(peak, residentBytes(pid));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { refused, peak };
}

describe.runIf(process.platform === 'linux')(`after ${ROUNDS} requests one over a limit`, () => {
  it.each(ATTACKS)(`${ROUNDS} more keep no memory: $limit`, async attack => {
    await using sandbox = await startSandbox({ remember: 10 });
    sandbox.answerAll(json(200, { topic: 'a'.repeat(256 * 1024) }));
    // A heap that may grow does so before it is swept: a small one shows what is kept.
    await using program = startProgram(
      ['--max-old-space-size=96', '--max-semi-space-size=4', 'src/start.js'],
      { PORT: '0', UPSTREAM_URL: sandbox.url, BATCH_LIMIT: '3', INTROSPECTION: 'on' },
    );
    const { pid } = program.child;
    const [, url = ''] = await program.says(LISTENING);
    const warm = await attackOften(url, attack, 0, pid);
    expect(warm.refused).toBe(ROUNDS);
    const { refused } = await attackOften(url, attack, ROUNDS, pid);
    expect(refused).toBe(ROUNDS);
    const growth = residentBytes(pid) - warm.peak;
    expect(growth).toBeLessThan(MAX_GROWTH);
  });
});
