import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/** Why the body of a response cannot be used. */
export type BodyError = 'too large' | 'truncated' | 'unreadable encoding';

/** Collects the body of a response as it arrives. */
export interface BodyCollector {
  push(chunk: Buffer): void;
  end(): void;
  destroy(): void;
}

type Finish = (outcome: Buffer | BodyError) => void;

/**
 * Makes what collects a body and decompresses it.
 * @param encoding the Content-Encoding of the response.
 * @param maxBytes largest body, counted while it streams: as it arrives, and after decompression.
 * @param finish called with the body or why it cannot be used; only its first call counts.
 */
export function collectBody(
  encoding: string | string[] | undefined,
  maxBytes: number,
  finish: Finish,
): BodyCollector {
  const coding = String(encoding ?? 'identity')
    .trim()
    .toLowerCase();
  if (coding === 'identity' || coding === '') return collectPlain(maxBytes, finish);
  if (coding === 'gzip' || coding === 'x-gzip' || coding === 'br' || coding === 'deflate') {
    return collectCompressed(coding, maxBytes, finish);
  }
  finish('unreadable encoding');
  return { push() {}, end() {}, destroy() {} };
}

function collectPlain(maxBytes: number, finish: Finish): BodyCollector {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    push(chunk) {
      size += chunk.length;
      if (size > maxBytes) finish('too large');
      else chunks.push(chunk);
    },
    end() {
      const [only] = chunks;
      finish(chunks.length === 1 && only ? only : Buffer.concat(chunks, size));
    },
    destroy() {
      chunks.length = 0;
    },
  };
}

type Coding = 'gzip' | 'x-gzip' | 'br' | 'deflate';

function collectCompressed(coding: Coding, maxBytes: number, finish: Finish): BodyCollector {
  const plain = collectPlain(maxBytes, finish);
  let stream: ReturnType<typeof createDecompressor> | undefined;
  let received = 0;
  return {
    push(chunk) {
      // Compressed bytes may decompress to nothing, without end.
      received += chunk.length;
      if (received > maxBytes) return finish('too large');
      if (stream === undefined) {
        stream = createDecompressor(coding, chunk);
        stream.on('data', (decompressed: Buffer) => plain.push(decompressed));
        stream.on('end', () => plain.end());
        stream.on('error', () => finish('unreadable encoding'));
      }
      stream.write(chunk);
    },
    end() {
      if (stream) stream.end();
      else plain.end();
    },
    destroy() {
      plain.destroy();
      stream?.destroy();
    },
  };
}

function createDecompressor(coding: Coding, first: Buffer) {
  if (coding === 'br') return createBrotliDecompress();
  if (coding !== 'deflate') return createGunzip();
  // "deflate" is meant to have a zlib header (its low four bits are 8), yet servers send it without one.
  return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
}
