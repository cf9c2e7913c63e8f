import { pipeline } from 'node:stream/promises';
import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { apim } from '../apim.ts';
import { type Meeting, meetingOf } from '../meeting.ts';
import { after, alternating, body, meeting, meetingWith, type Reply } from '../reply.ts';
import type { Scenario } from './scenario.ts';

const MEBIBYTE = 1024 * 1024;

function packed(
  encoding: 'gzip' | 'br' | 'deflate',
  pack: (text: string) => Uint8Array,
  value: (meeting: Meeting) => unknown = meeting => meeting,
  status = 200,
): Reply {
  return exchange =>
    body(status, pack(JSON.stringify(value(meetingOf(exchange.id)))), {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Encoding': encoding,
      Vary: 'Accept-Encoding',
    })(exchange);
}

/** The meeting behind 64 MiB of white space: nothing but the size is wrong with it. */
const inflating: Reply = async ({ id, response }) => {
  function* spacious(): Generator<string> {
    const blank = ' '.repeat(MEBIBYTE);
    for (let sent = 0; sent < 64; sent += 1) yield blank;
    yield JSON.stringify(meetingOf(id));
  }
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Encoding', 'gzip');
  // A client that has seen enough leaves, which rejects.
  await pipeline(spacious, createGzip({ level: 1 }), response).catch(() => {});
};

/** How an answer travels: compressed, late, or only at the second call. */
export const transport: readonly Scenario[] = [
  {
    number: 203,
    row: 'Responses 18',
    says: '203 with a meeting, as an example of any other 2xx.',
    code: null,
    sees: 'the meeting',
    reply: meetingWith(same => same, 203),
  },
  {
    number: 626,
    row: 'Responses 15',
    says: '200 in gzip, small on the wire, 64 MiB when decompressed.',
    code: 'UPSTREAM_INVALID_RESPONSE',
    sees: 'the response is too large',
    reply: inflating,
  },
  {
    number: 630,
    row: 'Responses 17',
    says: '200 in gzip.',
    code: null,
    sees: 'the meeting',
    reply: packed('gzip', gzipSync),
  },
  {
    number: 631,
    row: 'Responses 17',
    says: '200 in br.',
    code: null,
    sees: 'the meeting',
    reply: packed('br', brotliCompressSync),
  },
  {
    number: 632,
    row: 'Responses 17',
    says: '200 in deflate, with a zlib header.',
    code: null,
    sees: 'the meeting',
    reply: packed('deflate', deflateSync),
  },
  {
    number: 633,
    row: 'Responses 17',
    says: '200 in deflate without a zlib header, as IIS sends it.',
    code: null,
    sees: 'the meeting',
    reply: packed('deflate', deflateRawSync),
  },
  {
    number: 634,
    row: 'Responses 17',
    says: '403 in gzip, with a quoted JSON string.',
    code: 'FORBIDDEN',
    sees: 'the user may not sync this meeting',
    reply: packed('gzip', gzipSync, () => 'Login user not authorized to perform this action', 403),
  },
  {
    number: 640,
    row: 'Responses 14',
    says: 'A valid response after a delay, by default one second.',
    code: null,
    sees: 'the meeting, after the delay',
    reply: after(({ slowMs }) => slowMs, meeting),
  },
  {
    number: 650,
    row: 'Responses 13',
    says: "503 to a caller's first call, the meeting to the second, and so on alternately.",
    code: null,
    sees: 'the meeting, by a retry',
    reply: alternating(apim(503, 'Service unavailable'), meeting),
  },
  {
    number: 651,
    row: 'Responses 5',
    says: "429 with Retry-After: 1 to a caller's first call, the meeting to the second, and so on alternately.",
    code: null,
    sees: 'the meeting, by a retry, if it fits the deadline',
    reply: alternating(
      apim(429, 'Rate limit is exceeded. Try again in 1 seconds.', { 'Retry-After': '1' }),
      meeting,
    ),
  },
];
