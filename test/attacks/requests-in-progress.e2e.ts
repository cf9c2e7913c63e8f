import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { after, meeting } from '../../sandbox/reply.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { MAX_BODY_BYTES } from '../../src/gateway.ts';
import { PIPELINED_REQUESTS } from '../../src/server/client-connections.ts';
import { Lifecycle } from '../../src/server/lifecycle.ts';
import { createHttpServer } from '../../src/server/node-server.ts';
import { estimateHeapBytes, REQUEST_BYTES, RequestBudget } from '../../src/server/request-budget.ts';
import { expectRefusal, HELLO, HELLO_ANSWER, listen, postBody, rawHead, sendRaw } from '../support/http.ts';
import { createMemoryLog } from '../support/log.ts';
import { LISTENING, startGatewayProgram } from '../support/process.ts';
import { meetingNumber } from '../support/upstream.ts';
import { CREDENTIALS, openWorld } from '../support/world.ts';

/** Enough for a busy machine. */
const POLLING = { timeout: 30_000 };

const SIGNED_IN = Object.entries(CREDENTIALS).map(([name, value]) => `${name}: ${value}`);

/** A body that asks for a meeting and is filled with what takes most memory once it is parsed. */
function filled(n: number, item: string): string {
  const query = `{ syncMeeting(id: "${meetingNumber(n)}") { id } }`;
  const [start = '', end = ''] = JSON.stringify({ query, variables: { x: [] } }).split('[]');
  const count = Math.floor((MAX_BODY_BYTES - start.length - end.length - 2) / (item.length + 1));
  return `${start}[${Array(count).fill(item).join()}]${end}`;
}

function rawPost(body: string, headers: readonly string[]): string {
  return rawHead('Content-Type: application/json', `Content-Length: ${body.length}`, ...headers) + body;
}

it.each([
  ['empty objects, and no credentials', '{}', []],
  ['empty objects, and credentials', '{}', SIGNED_IN],
  ['objects whose only key is a number, and credentials', '{"99":0}', SIGNED_IN],
])(
  'a gateway with little memory survives 100 requests at once of 100 kB of %s',
  async (_what, item, headers) => {
    await using sandbox = await startSandbox();
    sandbox.answerAll(after(() => 100, meeting));
    await using program = startGatewayProgram(
      { UPSTREAM_URL: sandbox.url, MALLOC_ARENA_MAX: '2' },
      undefined,
      'start:small',
    );
    const [, url = ''] = await program.says(LISTENING);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => sendRaw(url, rawPost(filled(n, item), headers))),
    );
    // How many are in progress at once is a matter of timing; one that is not answered has the status 0.
    expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    for (const refused of answers.filter(({ status }) => status === 503)) {
      expectRefusal(refused, 503, 'OVERLOADED');
      expect(refused.headers.get('retry-after')).toBe('1');
    }
    expect(await postBody(url, HELLO)).toMatchObject({ status: 200, text: HELLO_ANSWER });
  },
);

it.each([
  [-1, [200, 503]],
  [0, [200, 200]],
  [1, [200, 200]],
])('two requests in progress in a budget of what they take and %i bytes', async (spare, statuses) => {
  const bodies = [filled(1, '{}'), filled(2, '{}')];
  const bytes = bodies.reduce((sum, body) => sum + estimateHeapBytes(Buffer.from(body)), 0);
  await using world = await openWorld({ requestBytes: bytes + spare });
  const release = Promise.withResolvers<void>();
  world.sandbox.answerAll(async exchange => {
    await release.promise;
    await meeting(exchange);
  });
  const [first = '', second = ''] = bodies;
  const running = postBody(world.gateway.url, first);
  await world.sandbox.hit(1);
  const next = postBody(world.gateway.url, second);
  await (spare < 0 ? next : world.sandbox.hit(2));
  release.resolve();
  const answers = await Promise.all([running, next]);
  expect(answers.map(({ status }) => status)).toEqual(statuses);
  // What they held is free again.
  expect((await postBody(world.gateway.url, first)).status).toBe(200);
});

it('what a request held is free again when its client leaves', async () => {
  const body = filled(1, '{}');
  await using world = await openWorld({ requestBytes: 1 });
  world.sandbox.answerAll(() => new Promise(() => {}));
  const { port } = new URL(world.gateway.url);
  const leaving = connect(Number(port), '127.0.0.1');
  leaving.write(rawPost(body, SIGNED_IN));
  await world.sandbox.hit(1);
  expectRefusal(await postBody(world.gateway.url, HELLO), 503, 'OVERLOADED');
  leaving.destroy();
  await expect.poll(async () => (await postBody(world.gateway.url, HELLO)).status, POLLING).toBe(200);
});

it('10,000 ordinary queries are in progress at the same time', () => {
  const body = JSON.stringify({
    query: 'query Week($id: UUID!) { syncMeeting(id: $id) { id topic startTime duration joinUrl } }',
    variables: { id: meetingNumber(1) },
  });
  const budget = new RequestBudget();
  const taken = Array.from({ length: 10_000 }, () => budget.take(estimateHeapBytes(Buffer.from(body))));
  expect(taken).not.toContain(false);
  expect(REQUEST_BYTES).toBe(64 * 1024 * 1024);
});

it.each(['{}', '[]', '[0]', '{"a":0}', '{"9":0}', '{"99":0}', '"a"', '0.5', '"é€"'])(
  'a list of %s takes no more heap than is estimated',
  item => {
    const text = `[${Array(10_000).fill(item).join()}]`;
    const before = process.memoryUsage().heapUsed;
    const parsed: unknown[] = Array.from({ length: 5 }, () => JSON.parse(text));
    const taken = (process.memoryUsage().heapUsed - before) / parsed.length;
    expect(taken).toBeLessThan(estimateHeapBytes(Buffer.from(text)));
  },
);

it('of 60 large requests on a connection the next is read when one is answered', async () => {
  const begun: ServerResponse[] = [];
  const { server, close } = createHttpServer({
    listener: (request, response) => {
      if (request.method === 'GET') {
        response.end('served');
        return;
      }
      request.resume();
      begun.push(response);
    },
    observer: createMemoryLog().observer,
    lifecycle: new Lifecycle(),
    maxConnections: 10,
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const flood = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  flood.resume();
  const body = ' '.repeat(MAX_BODY_BYTES);
  const head = rawHead(`Content-Length: ${body.length}`).replace('Connection: close\r\n', '');
  for (let n = 0; n < 60; n += 1) flood.write(head + body);
  const answerOthers = async () => {
    for (let n = 0; n < 20; n += 1) expect(await postGet(url)).toContain('served');
  };
  for (let answered = 0; answered < 60 - PIPELINED_REQUESTS - 1; answered += 1) {
    await expect.poll(() => begun.length, POLLING).toBe(answered + PIPELINED_REQUESTS + 1);
    if (answered < 3) await answerOthers();
    expect(begun).toHaveLength(answered + PIPELINED_REQUESTS + 1);
    begun[answered]?.end();
  }
  await expect.poll(() => begun.length, POLLING).toBe(60);
  for (const response of begun) response.end();
  flood.destroy();
  await once(flood, 'close');
  await close();
});

async function postGet(url: string): Promise<string> {
  return (await sendRaw(url, 'GET / HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n')).wire;
}
