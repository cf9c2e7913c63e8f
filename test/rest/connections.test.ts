import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { hang, meeting } from '../../sandbox/reply.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createRequestContext } from '../../src/lib/request-context.ts';
import { createManualClock } from '../support/clock.ts';
import { listen } from '../support/http.ts';
import { SELF_SIGNED } from '../support/self-signed.ts';
import { callerNamed, meetingNumber, openUpstream } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

const [A, B] = [meetingNumber(1), meetingNumber(2)];
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('the connections to the upstream', () => {
  it('are as many as calls at once, and no more', async () => {
    await using sandbox = await startSandbox();
    await using upstream = openUpstream(sandbox, { limiter: { maxInFlight: 3 } });
    const { context, finish } = createRequestContext('test', 60_000, systemClock);
    const sync = (n: number) => upstream.sync(meetingNumber(n), callerNamed(`${n}`), context);
    for (const n of numbers(5)) await sync(n);
    expect(sandbox.openSockets()).toBe(1);
    await Promise.all(numbers(3).map(sync));
    expect(sandbox.openSockets()).toBe(3);
    await Promise.all(numbers(20).map(sync));
    expect(sandbox.openSockets()).toBe(3);
    finish();
  });

  it('serve the next call when one was aborted', async () => {
    await using sandbox = await startSandbox();
    sandbox.answer(A, hang);
    const clock = createManualClock();
    await using upstream = openUpstream(sandbox, { clock, limiter: { maxInFlight: 1 } });
    const { context } = createRequestContext('test', 60_000, clock);
    const call = upstream.sync(A, callerNamed('a'), context);
    const next = upstream.sync(B, callerNamed('a'), context);
    await sandbox.hit(1);
    clock.advance(8_000);
    await expect(call).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    expect((await next).id).toBe(B);
  });

  it('serve the next call when the upstream closed them', async () => {
    await using sandbox = await startSandbox();
    sandbox.answerAll(exchange => {
      exchange.response.setHeader('connection', 'close');
      return meeting(exchange);
    });
    await using upstream = openUpstream(sandbox, { limiter: { maxInFlight: 1 } });
    const { context, finish } = createRequestContext('test', 60_000, systemClock);
    for (const n of numbers(3)) {
      expect((await upstream.sync(meetingNumber(n), callerNamed('a'), context)).id).toBe(meetingNumber(n));
    }
    expect(sandbox.hits.map(hit => hit.outcome)).toEqual(['answered', 'answered', 'answered']);
    finish();
  });

  it('resume the TLS session of one another', async () => {
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, SELF_SIGNED.cert]);
    await using closing = new AsyncDisposableStack();
    closing.defer(() => setDefaultCACertificates(trusted));
    const resumed: boolean[] = [];
    const waiting: ServerResponse[] = [];
    let asked = 0;
    // It answers the second only with the third: those two need a connection each.
    const server = createServer(SELF_SIGNED, ({ url = '' }, response) => {
      asked += 1;
      waiting.push(response);
      response.setHeader('content-type', 'application/json').write(`{"id":"${url.split('/')[3]}"`);
      if (asked !== 2) for (const one of waiting.splice(0)) one.end('}');
    });
    server.on('secureConnection', (socket: TLSSocket) => resumed.push(socket.isSessionReused()));
    closing.defer(() => new Promise<void>(resolve => server.close(() => resolve())));
    const port = await listen(server);
    const world = closing.use(await openWorld({ env: { UPSTREAM_URL: `https://127.0.0.1:${port}` } }));
    const one = await world.ask(`{ syncMeeting(id: "${A}") { id } }`);
    expect(one.data).toEqual({ syncMeeting: { id: A } });
    const both = await world.ask(`{ syncMeetings(ids: ["${A}", "${B}"]) { id } }`);
    expect(both.data).toEqual({ syncMeetings: [{ id: A }, { id: B }] });
    expect(resumed).toEqual([false, true]);
  });
});
