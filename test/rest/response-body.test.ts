import { randomBytes } from 'node:crypto';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { BodyError } from '../../src/rest/response-body.ts';
import { collectBody } from '../../src/rest/response-body.ts';

/** Collects a body that arrives in chunks of so many bytes. */
function collect(encoding: string, bytes: Buffer, maxBytes: number, chunkSize: number) {
  return new Promise<Buffer | BodyError>(resolve => {
    const collector = collectBody(encoding, maxBytes, resolve);
    for (let at = 0; at < bytes.length; at += chunkSize) collector.push(bytes.subarray(at, at + chunkSize));
    collector.end();
  });
}

/** Random bytes do not compress: what they are compressed to is longer. */
const CONTENT = randomBytes(1_000);

describe.each([
  ['gzip', 'gzip', gzipSync(CONTENT)],
  ['x-gzip', 'x-gzip', gzipSync(CONTENT)],
  ['br', 'br', brotliCompressSync(CONTENT)],
  ['deflate', 'deflate', deflateSync(CONTENT)],
  ['deflate without a zlib header', 'deflate', deflateRawSync(CONTENT)],
])('a compressed body in %s', (_what, encoding, compressed) => {
  it.each([
    [-1, 'read'],
    [0, 'read'],
    [1, 'too large'],
  ])('that is %i bytes longer than the limit is %s', async (over, expected) => {
    for (const chunkSize of [compressed.length, 1]) {
      const body = await collect(encoding, compressed, compressed.length - over, chunkSize);
      expect(typeof body === 'string' ? body : body.equals(CONTENT) && 'read').toBe(expected);
    }
  });
});
