import { describe, expect, it } from 'vitest';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { postBody, rawHello, send, sendRaw } from '../support/http.ts';
import { meetingNumber } from '../support/upstream.ts';
import { CREDENTIALS, openWorld, type World } from '../support/world.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;

const FAST = { UPSTREAM_RETRY_MIN_DELAY_MS: '1', UPSTREAM_RETRY_MAX_DELAY_MS: '2' };

const query = (id: string): string => `{ syncMeeting(id: "${id}") { id } }`;

const traceIdsIn = ({ lines }: World): unknown[] =>
  lines.filter(({ fields }) => 'requestId' in fields).map(({ fields }) => fields['traceId']);

/** The trace contexts that the upstream was sent, in order. */
const sentBy = ({ sandbox }: World) =>
  sandbox.hits.map(({ headers: { traceparent, tracestate } }) => ({ traceparent, tracestate }));

describe('every log line of a request has', () => {
  it.each(['01', '00'])("the trace id of its caller, with the flags '%s'", async flags => {
    await using world = await openWorld({ env: FAST });
    await world.ask(query(scenarioId(503)), {
      headers: { ...CREDENTIALS, traceparent: `00-${TRACE_ID}-${SPAN_ID}-${flags}` },
    });
    expect(world.lines.map(({ message }) => message)).toEqual([
      'sync',
      'upstream call failed',
      'upstream call failed',
      'request',
    ]);
    expect(new Set(traceIdsIn(world))).toEqual(new Set([TRACE_ID]));
  });

  it('a trace id of its own where the caller has sent none, or a malformed one', async () => {
    await using world = await openWorld();
    await world.ask(query(scenarioId(404)));
    await world.ask(query(scenarioId(404)), { headers: { ...CREDENTIALS, traceparent: `${TRACEPARENT}-` } });
    await sendRaw(
      world.gateway.url,
      rawHello(`traceparent: ${TRACEPARENT}`, `traceparent: ${TRACEPARENT.replace('b7', 'b8')}`),
    );
    const [first, , , second, , , third, ...others] = traceIdsIn(world);
    expect(traceIdsIn(world)).toEqual([first, first, first, second, second, second, third]);
    expect(others).toEqual([]);
    expect(new Set([first, second, third, TRACE_ID]).size).toBe(4);
    for (const id of [first, second, third]) expect(id).toMatch(/^[\da-f]{32}$/);
  });

  it('a trace id where the request is refused or goes elsewhere, too', async () => {
    await using world = await openWorld();
    const headers = { traceparent: TRACEPARENT };
    await send(new URL('/x', world.gateway.url), { headers });
    await postBody(world.gateway.url, '{', headers);
    await sendRaw(world.gateway.url, rawHello('Expect: miracles', `traceparent: ${TRACEPARENT}`));
    expect(traceIdsIn(world)).toEqual([TRACE_ID, TRACE_ID, TRACE_ID]);
    await sendRaw(world.gateway.url, 'no HTTP\r\n\r\n');
    expect(traceIdsIn(world)[3]).toMatch(/^[\da-f]{32}$/);
  });
});

describe('by default the upstream', () => {
  it('is sent no trace context', async () => {
    await using world = await openWorld();
    await world.ask(query(meetingNumber(1)), {
      headers: { ...CREDENTIALS, traceparent: TRACEPARENT, tracestate: 'a=1' },
    });
    expect(sentBy(world)).toEqual([{ traceparent: undefined, tracestate: undefined }]);
  });
});

describe('with UPSTREAM_TRACE_CONTEXT the upstream', () => {
  const env = { ...FAST, UPSTREAM_TRACE_CONTEXT: 'on' };
  const spanIdsOf = (world: World) =>
    sentBy(world).map(({ traceparent }) => String(traceparent).slice(36, 52));

  it.each(['01', '00'])(
    "is sent the caller's trace with a span id of ours, and the flags '%s'",
    async flags => {
      await using world = await openWorld({ env });
      await world.ask(query(meetingNumber(1)), {
        headers: {
          ...CREDENTIALS,
          traceparent: `00-${TRACE_ID}-${SPAN_ID}-${flags}`,
          tracestate: 'a=1, b=2',
        },
      });
      expect(sentBy(world)).toEqual([
        {
          traceparent: expect.stringMatching(`^00-${TRACE_ID}-[\\da-f]{16}-${flags}$`),
          tracestate: 'a=1,b=2',
        },
      ]);
      expect(spanIdsOf(world)).not.toContain(SPAN_ID);
    },
  );

  it('is sent the trace id of the log, not sampled, where the caller has sent none', async () => {
    await using world = await openWorld({ env });
    await world.ask(query(meetingNumber(1)), { headers: { ...CREDENTIALS, tracestate: 'a=1' } });
    const [traceId] = traceIdsIn(world);
    expect(sentBy(world)).toEqual([
      {
        traceparent: expect.stringMatching(`^00-${String(traceId)}-[\\da-f]{16}-00$`),
        tracestate: undefined,
      },
    ]);
  });

  it('is sent another span id with a retry, and with each call', async () => {
    await using world = await openWorld({ env });
    const ids = [scenarioId(503), meetingNumber(1), meetingNumber(2)];
    await world.ask(`{ ${ids.map((id, n) => `m${n}: syncMeeting(id: "${id}") { id }`).join(' ')} }`, {
      headers: { ...CREDENTIALS, traceparent: TRACEPARENT },
    });
    expect(sentBy(world)).toHaveLength(4);
    expect(new Set(spanIdsOf(world)).size).toBe(4);
    for (const { traceparent } of sentBy(world)) expect(traceparent).toContain(TRACE_ID);
  });

  it('is sent the trace of the request that has started a call, where another shares it', async () => {
    await using world = await openWorld({ env, sandbox: { slowMs: 200 } });
    const slow = query(scenarioId(640));
    const first = world.ask(slow, { headers: { ...CREDENTIALS, traceparent: TRACEPARENT } });
    await world.joined(1);
    const second = world.ask(slow, {
      headers: { ...CREDENTIALS, traceparent: `00-${'1'.repeat(32)}-${SPAN_ID}-01` },
    });
    await Promise.all([first, second]);
    expect(sentBy(world).map(({ traceparent }) => String(traceparent).slice(3, 35))).toEqual([TRACE_ID]);
    expect(new Set(traceIdsIn(world))).toEqual(new Set([TRACE_ID, '1'.repeat(32)]));
  });
});
