import { AsyncLocalStorage } from 'node:async_hooks';
import { Server } from 'node:http';
import { expect, it } from 'vitest';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { readConfig } from '../../src/config/load.ts';
import { startGateway } from '../../src/gateway.ts';
import type { Fields, Log } from '../../src/observability/log.ts';
import { rawHead, sendRaw } from '../support/http.ts';
import { meetingNumber } from '../support/upstream.ts';
import { CREDENTIALS } from '../support/world.ts';

/** Enters a context for every request, as instrumentation of Node's HTTP server does: around its `request` event. */
function instrument(storage: AsyncLocalStorage<unknown>): Disposable {
  const emit = Reflect.get(Server.prototype, 'emit');
  Server.prototype.emit = function (event: string, ...args: unknown[]) {
    const [request] = args;
    const isRequest = event === 'request' && request instanceof Object && 'headers' in request;
    const id = isRequest ? Object(request.headers)['x-request-id'] : undefined;
    return storage.run(id ?? storage.getStore(), () => Reflect.apply(emit, this, [event, ...args]));
  };
  return {
    [Symbol.dispose]() {
      Server.prototype.emit = emit;
    },
  };
}

/** A request for one meeting. */
function rawQuery(requestId: string, id: string): string {
  const body = JSON.stringify({ query: `{ syncMeeting(id: "${id}") { id } }` });
  const credentials = Object.entries(CREDENTIALS).map(([name, value]) => `${name}: ${value}`);
  const head = rawHead(
    ...credentials,
    'Content-Type: application/json',
    `X-Request-Id: ${requestId}`,
    `Content-Length: ${body.length}`,
  );
  return head + body;
}

it('requests that are processed in one tick each keep their own context: in resolvers, in the queue, in attempts, in retries and in their log lines', async () => {
  const storage = new AsyncLocalStorage<unknown>();
  const seen: { message: string; requestId: unknown; context: unknown }[] = [];
  const record = (fields: Fields, message: string): void => {
    if ('requestId' in fields)
      seen.push({ message, requestId: fields['requestId'], context: storage.getStore() });
  };
  const log: Log = { debug: record, info: record, warn: record, error: record };
  using _ = instrument(storage);
  await using sandbox = await startSandbox();
  const config = readConfig({
    PORT: '0',
    UPSTREAM_URL: sandbox.url,
    // Two calls at a time: the others are queued, and granted a slot by what another request does.
    UPSTREAM_MAX_IN_FLIGHT: '2',
    UPSTREAM_RETRY_MIN_DELAY_MS: '1',
    UPSTREAM_RETRY_MAX_DELAY_MS: '1',
  });
  await using gateway = await startGateway({ config, log });

  // All in one write: the event loop reads them in one tick. The third joins the call of the second.
  const requests: readonly [string, string][] = [
    ['first', scenarioId(404)],
    ['second', scenarioId(403)],
    ['third', scenarioId(403)],
    ['fourth', meetingNumber(1)],
    ['fifth', scenarioId(503)],
    ['sixth', scenarioId(502)],
  ];
  const bytes = requests.map(([requestId, id], n) =>
    n + 1 < requests.length
      ? rawQuery(requestId, id).replace('Connection: close\r\n', '')
      : rawQuery(requestId, id),
  );
  await sendRaw(gateway.url, bytes.join(''));

  for (const { requestId, context } of seen) expect(context).toBe(requestId);
  const messagesOf = (id: string) => seen.filter(({ requestId }) => requestId === id).map(one => one.message);
  expect(messagesOf('first')).toEqual(['sync', 'upstream call failed', 'request']);
  expect(messagesOf('second')).toEqual(['sync', 'upstream call failed', 'request']);
  expect(messagesOf('third')).toEqual(['sync', 'request']);
  expect(messagesOf('fourth')).toEqual(['sync', 'request']);
  for (const retried of ['fifth', 'sixth'])
    expect(messagesOf(retried)).toEqual(['sync', 'upstream call failed', 'upstream call failed', 'request']);
});
