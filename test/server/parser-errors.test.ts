import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { meeting } from '../../sandbox/reply.ts';
import { expectRefusal, HELLO, parseAnswer, postBody, rawHead, sendRaw } from '../support/http.ts';
import { meetingNumber } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

/** A connection that stays open until the gateway ends it. */
function openSocket(url: string) {
  const { port, hostname } = new URL(url);
  const chunks: Buffer[] = [];
  const begun = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  socket.on('error', () => {});
  socket.on('data', chunk => {
    chunks.push(chunk);
    begun.resolve();
  });
  socket.on('end', () => socket.end());
  socket.on('close', () => closed.resolve());
  return {
    write: (text: string) => void socket.write(text),
    end: () => void socket.end(),
    /** Settles with the first bytes. */
    begun: begun.promise,
    /** All that came, once the connection is closed. */
    received: closed.promise.then(() => Buffer.concat(chunks).toString('latin1')),
  };
}

describe('what cannot be read', () => {
  it.each([
    ['words', 'garbage\r\n\r\n', [400, 200]],
    ['CONNECT', 'CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n', [405, 200]],
    [
      'a broken body',
      `${rawHead('Content-Type: application/json', 'Transfer-Encoding: chunked')}ZZ\r\n`,
      [400, 200],
    ],
    [
      'a broken body that nobody reads',
      `GET /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n`,
      [400, 200],
    ],
  ])('that follows a request is not answered in its place: %s', async (_what, next, statuses) => {
    await using slow = await openWorld();
    const answer = Promise.withResolvers<void>();
    slow.sandbox.answerAll(async exchange => {
      await answer.promise;
      await meeting(exchange);
    });
    const body = JSON.stringify({ query: `{ syncMeeting(id: "${meetingNumber(1)}") { id } }` });
    const head = rawHead(
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Authorization: Bearer token',
      'Ocp-Apim-Subscription-Key: sandbox-key',
    ).replace('Connection: close\r\n', '');
    const asked = sendRaw(slow.gateway.url, head + body + next);
    await slow.sandbox.hit(1);
    await slow.logged('request', 1);
    answer.resolve();
    const { status, wire } = await asked;
    expect(status).toBe(200);
    expect(wire.slice(0, wire.indexOf('HTTP/1.1', 1))).toContain('"syncMeeting":{');
    expect(wire.match(/^connection: close\r$/gim)).toHaveLength(1);
    await slow.logged('request', 2);
    expect(
      slow.lines.filter(({ message }) => message === 'request').map(({ fields }) => fields['status']),
    ).toEqual(statuses);
  });

  it.each([
    ['a chunk size that is none', '1\r\n{\r\n', 'ZZ\r\n', 400],
    ['the end of a side', '1\r\n{\r\n', null, 400],
    ['trailers that are too large', '1\r\n{\r\n', `0\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ])(
    'in a body, after its request has begun: %s is answered once, with the id of the request',
    async (_what, begun, rest, status) => {
      await using open = await openWorld();
      const socket = openSocket(open.gateway.url);
      socket.write(
        `${rawHead('Content-Type: application/json', 'Transfer-Encoding: chunked', 'X-Request-Id: mine').replace('Connection: close\r\n', '')}${begun}`,
      );
      // The gateway reads the body by then: a request that came later has been answered.
      await postBody(open.gateway.url, HELLO);
      if (rest === null) socket.end();
      else socket.write(rest);
      const answer = parseAnswer(await socket.received);
      expectRefusal(answer, status, status === 431 ? 'LIMIT_EXCEEDED' : 'BAD_REQUEST');
      expect([answer.headers.get('x-request-id'), answer.headers.get('connection')]).toEqual([
        'mine',
        'close',
      ]);
      await open.logged('request', 2);
      expect(
        open.lines.filter(({ message }) => message === 'request').map(({ fields }) => fields['status']),
      ).toEqual([200, status]);
    },
  );

  it('in a body whose request has been answered is not answered as well', async () => {
    await using world = await openWorld();
    const socket = openSocket(world.gateway.url);
    socket.write('POST /nowhere HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n');
    await socket.begun;
    socket.write('ZZ\r\n');
    const wire = await socket.received;
    expect(wire.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 404']);
  });
});
