import { describe, expect, it } from 'vitest';
import {
  createSpanId,
  createTraceContext,
  readTraceContext,
  TRACE_STATE_LIMITS,
  traceHeaders,
} from '../../src/lib/trace-context.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE_ID}-${PARENT_ID}-01`;

const stateOf = (tracestate: string) => readTraceContext({ traceparent: TRACEPARENT, tracestate }).state;

describe('a traceparent', () => {
  it.each([
    ['sampled', TRACEPARENT, true],
    ['not sampled', `00-${TRACE_ID}-${PARENT_ID}-00`, false],
    ['with unknown flags beside sampled', `00-${TRACE_ID}-${PARENT_ID}-ff`, true],
    ['with unknown flags alone', `00-${TRACE_ID}-${PARENT_ID}-fe`, false],
    ['of a later version', `cc-${TRACE_ID}-${PARENT_ID}-01`, true],
    ['of a later version with more fields', `cc-${TRACE_ID}-${PARENT_ID}-01-what-the-future-holds`, true],
  ])('%s is read', (_what, traceparent, sampled) => {
    expect(readTraceContext({ traceparent })).toEqual({
      traceId: TRACE_ID,
      parentId: PARENT_ID,
      sampled,
      state: null,
    });
  });

  it.each([
    ['that is empty', ''],
    ['of version ff', `ff-${TRACE_ID}-${PARENT_ID}-01`],
    ['whose version is no hexadecimal number', `0x-${TRACE_ID}-${PARENT_ID}-01`],
    ['with an all-zero trace id', `00-${'0'.repeat(32)}-${PARENT_ID}-01`],
    ['with an all-zero span id', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['in upper case', TRACEPARENT.toUpperCase()],
    ['with a short trace id', `00-${TRACE_ID.slice(1)}-${PARENT_ID}-01`],
    ['with a long trace id', `00-${TRACE_ID}0-${PARENT_ID}-01`],
    ['with a short span id', `00-${TRACE_ID}-${PARENT_ID.slice(1)}-01`],
    ['with a long span id', `00-${TRACE_ID}-${PARENT_ID}0-01`],
    ['with short flags', TRACEPARENT.slice(0, -1)],
    ['with long flags', `${TRACEPARENT}0`],
    ['of version 00 with more fields', `${TRACEPARENT}-more`],
    ['of a later version with more, but no dash', `cc-${TRACE_ID}-${PARENT_ID}-01.more`],
    ['with another separator', TRACEPARENT.replaceAll('-', '_')],
    ['sent twice', `${TRACEPARENT}, ${TRACEPARENT}`],
    ['of a later version sent twice', `cc-${TRACE_ID}-${PARENT_ID}-01-x, cc-${TRACE_ID}-${PARENT_ID}-01-x`],
  ])('%s is ignored, with its tracestate: a new trace begins', (_what, traceparent) => {
    const trace = readTraceContext({ traceparent, tracestate: 'a=1' });
    expect(trace).toEqual({
      traceId: expect.stringMatching(/^[\da-f]{32}$/),
      parentId: null,
      sampled: false,
      state: null,
    });
    expect(trace.traceId).not.toBe(TRACE_ID);
  });
});

describe('a tracestate', () => {
  it.each([
    ['a=1', 'a=1'],
    ['rojo=00f067aa0ba902b7,congo=t61rcWkgMzE', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'],
    ['a=1 , b=2,\tc=3', 'a=1,b=2,c=3'],
    ['a=1,,b=2,', 'a=1,b=2'],
    ['fw529a3039@dt=FfAJz', 'fw529a3039@dt=FfAJz'],
    ['0a_-*/=~!"', '0a_-*/=~!"'],
    [`${'k'.repeat(256)}=v`, `${'k'.repeat(256)}=v`],
    [`k=${'v'.repeat(256)}`, `k=${'v'.repeat(256)}`],
  ])('%j is passed on as %j', (tracestate, expected) => {
    expect(stateOf(tracestate)).toBe(expected);
  });

  it.each([
    '',
    ',',
    'a',
    '=1',
    'a=',
    'a=1=2',
    'A=1',
    '@a=1',
    'a b=1',
    'a=\u00e9',
    'a=1;b=2,c d=3',
    'a=1,a=2',
    `${'k'.repeat(257)}=v`,
    `k=${'v'.repeat(257)}`,
  ])('%j is ignored, and the traceparent is not', tracestate => {
    expect(readTraceContext({ traceparent: TRACEPARENT, tracestate })).toMatchObject({
      traceId: TRACE_ID,
      state: null,
    });
  });

  it.each([
    [31, 31],
    [32, 32],
    [33, 0],
  ])('of %i members is passed on with %i', (count, expected) => {
    const tracestate = Array.from({ length: count }, (_, n) => `k${n}=v`).join(',');
    expect(stateOf(tracestate)?.split(',').length ?? 0).toBe(expected);
    expect(TRACE_STATE_LIMITS.members).toBe(32);
  });

  // Five members: `a=` and 99 characters are 101, four of them with their commas 408.
  const short = ['a', 'b', 'c', 'd'].map(key => `${key}=${'v'.repeat(99)}`).join(',');
  it.each([
    [511, 511],
    [512, 512],
    [513, short.length],
  ])('of %i characters is passed on with %i, the last members left out', (length, expected) => {
    const tracestate = `${short},e=${'v'.repeat(length - short.length - 3)}`;
    expect(tracestate).toHaveLength(length);
    expect(stateOf(tracestate)).toBe(tracestate.slice(0, expected));
    expect(TRACE_STATE_LIMITS.length).toBe(512);
  });

  it('that is too long loses members of more than 128 characters first', () => {
    const member = (key: string, length: number) => `${key}=${'v'.repeat(length - 2)}`;
    const [kept, long] = [member('b', 128), member('a', 129)];
    expect(stateOf(`${long},${kept},${member('c', 256)}`)).toBe(kept);
    expect(stateOf([member('a', 200), member('b', 200), member('c', 200)].join(','))).toBeNull();
  });
});

describe('the headers for a receiver', () => {
  it.each([true, false])('name the trace, the span and whether it is sampled: %s', sampled => {
    const spanId = createSpanId();
    const trace = { traceId: TRACE_ID, parentId: PARENT_ID, sampled, state: null };
    const traceparent = `00-${TRACE_ID}-${spanId}-0${sampled ? 1 : 0}`;
    expect(traceHeaders(trace, spanId)).toEqual({ traceparent });
    expect(traceHeaders({ ...trace, state: 'a=1' }, spanId)).toEqual({ traceparent, tracestate: 'a=1' });
    expect(readTraceContext(traceHeaders(trace, spanId))).toEqual({ ...trace, parentId: spanId });
  });
});

it('ids are never the same, and of full length whichever come in turn', () => {
  const ids = Array.from({ length: 2_000 }, (_, n) =>
    n % 3 === 0 ? createSpanId() : createTraceContext().traceId,
  );
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id, n) => id.length !== (n % 3 === 0 ? 16 : 32))).toEqual([]);
});
