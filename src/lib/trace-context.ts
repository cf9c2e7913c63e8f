import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The trace that a request belongs to. @see https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** The id of the caller's span, 16 lower-case hexadecimal digits; null where the trace begins here. */
  readonly parentId: string | null;
  /** Whether the spans of the trace are recorded, as far as is known here. */
  readonly sampled: boolean;
  /** What the tracing systems before this one added for those after it: a valid `tracestate`; null where there is none. */
  readonly state: string | null;
}

/** Bounds of a `tracestate` that is passed on: members, and characters in all. */
export const TRACE_STATE_LIMITS = { members: 32, length: 512 } as const;

/** Longer members are the first to be left out of a `tracestate` that is too long, as the specification advises. */
const LONG_MEMBER = 128;

/** Length of a `traceparent` of version 00, the only one that may not be longer. */
const VERSION_00_LENGTH = 55;

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-[^,]*)?$/;

const TRACE_STATE_MEMBER =
  /^(?<key>[a-z\d][a-z\d_\-*/@]{0,255})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

const SAMPLED = 0x01;

/**
 * Reads the trace context of a request. A new trace begins where the caller has sent none, or one that is malformed.
 * @param headers as Node presents them: a header that was sent several times is joined by commas.
 */
export function readTraceContext(headers: Readonly<IncomingHttpHeaders>): TraceContext {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string' || !isTraceparent(traceparent)) return createTraceContext();
  return {
    traceId: traceparent.slice(3, 35),
    parentId: traceparent.slice(36, 52),
    sampled: (Number.parseInt(traceparent.slice(53, 55), 16) & SAMPLED) !== 0,
    state: typeof tracestate === 'string' ? readTraceState(tracestate) : null,
  };
}

function isTraceparent(text: string): boolean {
  return TRACEPARENT.test(text) && (text.length === VERSION_00_LENGTH || !text.startsWith('00'));
}

/** Begins a trace that nobody records. */
export function createTraceContext(): TraceContext {
  return { traceId: randomHex(16), parentId: null, sampled: false, state: null };
}

/** Creates the id of a span. */
export function createSpanId(): string {
  return randomHex(8);
}

/** The headers that make a span the parent of what their receiver does. */
export function traceHeaders(
  { traceId, sampled, state }: TraceContext,
  spanId: string,
): Record<string, string> {
  const traceparent = `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
  return state === null ? { traceparent } : { traceparent, tracestate: state };
}

/** @returns what may be passed on of a `tracestate`; null where it is malformed or nothing is left of it. */
function readTraceState(text: string): string | null {
  const members = text
    .split(',')
    .map(member => member.trim())
    .filter(member => member !== '');
  const keys = new Set(members.map(member => TRACE_STATE_MEMBER.exec(member)?.groups?.['key']));
  const isMalformed = keys.has(undefined) || keys.size < members.length;
  if (isMalformed || members.length === 0 || members.length > TRACE_STATE_LIMITS.members) return null;
  if (members.join(',').length <= TRACE_STATE_LIMITS.length) return members.join(',');
  const short = members.filter(member => member.length <= LONG_MEMBER);
  while (short.join(',').length > TRACE_STATE_LIMITS.length) short.pop();
  return short.length === 0 ? null : short.join(',');
}

/** Random digits are made many at a time: a call of the system for each id would cost a hundred times as much. */
const POOL_BYTES = 4096;
let digits = '';
let used = 0;

function randomHex(bytes: number): string {
  const length = 2 * bytes;
  if (used + length > digits.length) {
    digits = randomBytes(POOL_BYTES).toString('hex');
    used = 0;
  }
  used += length;
  return digits.slice(used - length, used);
}
