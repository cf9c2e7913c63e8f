import { METHODS } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { HELLO, sendRaw } from '../support/http.ts';
import { scrape } from '../support/metrics.ts';
import { openWorld } from '../support/world.ts';

const REQUESTS = 10_000;
const CONNECTIONS = 10;

/** So many requests go out on a connection together. */
const PIPELINED = 10;

/** Methods that take a connection over, or that Node's parser does not know. */
const METHODS_LEFT_OUT = new Set(['CONNECT', 'QUERY']);
const methods = METHODS.filter(method => !METHODS_LEFT_OUT.has(method));

function write(method: string, path: string, headers = '', body = ''): string {
  const length = body === '' ? '' : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: gateway\r\nOcp-Apim-Subscription-Key: sandbox-key\r\n${headers}${length}\r\n${body}`;
}

const KINDS: readonly ((name: string, n: number) => string)[] = [
  name => write('POST', '/graphql', '', JSON.stringify({ query: `query ${name} { __typename }` })),
  name =>
    write(
      'POST',
      '/graphql',
      '',
      JSON.stringify({ query: `query ${name} { __typename }`, operationName: 'No' }),
    ),
  name => write('POST', '/graphql', '', JSON.stringify({ documentId: name })),
  name => write('POST', '/graphql', `X-${name}: ${name}\r\nUser-Agent: ${name}\r\n`, HELLO),
  name => write('POST', '/graphql', `Authorization: Bearer ${name}\r\n`, HELLO),
  name => write('GET', `/${name}`),
  name => write('GET', `/graphql?${name}=${name}`, `Accept: text/${name}\r\n`),
  name => write('GET', `/health?${name}`),
  (name, n) => write(methods[n % methods.length] ?? 'GET', `/${name}`),
  (name, n) => write(methods[n % methods.length] ?? 'GET', `/graphql?${name}`),
];

/** Sends requests on one connection, and settles once each was answered. */
async function exchange(socket: Socket, requests: readonly string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let answers = 0;
  const onData = (chunk: string): void => {
    answers += chunk.split('HTTP/1.1 ').length - 1;
    if (answers >= requests.length) resolve();
  };
  const onClose = (): void => reject(new Error(`closed after ${answers} answers to ${requests.join('')}`));
  socket.on('data', onData).once('close', onClose);
  socket.write(requests.join(''));
  await promise;
  socket.off('data', onData).off('close', onClose);
}

it('10,000 random names, paths, headers and methods add no series', async () => {
  await using world = await openWorld({ env: { ADMIN_PORT: '0', LOG_LEVEL: 'error' } });
  const { port } = new URL(world.gateway.url);
  const open = (): Socket => connect(Number(port), '127.0.0.1').setEncoding('latin1');
  const [first = open(), ...others] = Array.from({ length: CONNECTIONS }, open);
  // One of each kind, so that the series exist that such requests can have.
  for (const [n, kind] of KINDS.entries()) await exchange(first, [kind('First', n)]);
  for (const method of methods)
    for (const path of ['/graphql', '/health', '/other']) await exchange(first, [write(method, path)]);
  const before = await scrape(world.gateway);

  let next = 0;
  const work = async (socket: Socket): Promise<void> => {
    while (next < REQUESTS) {
      const batch = Array.from({ length: PIPELINED }, (_, index) => next + index);
      next += PIPELINED;
      await exchange(
        socket,
        batch.map(
          n => KINDS[(n * 7 + Math.floor(n / 10)) % KINDS.length]?.(`Name${n.toString(36)}`, n) ?? '',
        ),
      );
    }
  };
  await Promise.all([first, ...others].map(work));
  for (let n = 0; n < 100; n += 1)
    await sendRaw(world.gateway.url, `M${n} /${n} HTTP/1.1\r\nHost: gateway\r\n\r\n`);
  for (const socket of [first, ...others]) socket.destroy();

  const after = await scrape(world.gateway);
  expect([...after.keys()]).toEqual([...before.keys()]);
  const requests = (series: typeof after): number =>
    [...series]
      .filter(([name]) => name.startsWith('http_server_request_duration_seconds_count'))
      .reduce((sum, [, value]) => sum + value, 0);
  expect(requests(after) - requests(before)).toBe(REQUESTS);
});
