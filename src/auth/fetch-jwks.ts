import type { JSONWebKeySet } from 'jose';
import type { Clock } from '../lib/clock.ts';

/** Largest key set, in bytes after decompression: some twenty keys with their certificates, ten times what issuers publish. */
export const MAX_JWKS_BYTES = 64 * 1024;

/**
 * Fetches a JSON Web Key Set; a redirect is not followed.
 * @param timeout milliseconds for the whole exchange.
 * @returns the parsed JSON, which is not checked to be a key set.
 * @throws Error whose message gives the reason for the log, and repeats nothing of the response.
 */
export async function fetchJwks(url: URL, timeout: number, clock: Clock): Promise<JSONWebKeySet> {
  const controller = new AbortController();
  const cancel = clock.after(timeout, () => controller.abort());
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: controller.signal,
      headers: { accept: 'application/json, application/jwk-set+json' },
    });
    if (response.status !== 200) throw new UnusableResponse(`status ${response.status}`);
    return parseJson(await readBounded(response.body ?? []));
  } catch (error) {
    if (error instanceof UnusableResponse) throw error;
    const reason = controller.signal.aborted ? 'no answer in time' : `no answer: ${codeOf(error)}`;
    throw new Error(reason, { cause: error });
  } finally {
    cancel();
    // Closes the connection of a response that was not read completely.
    controller.abort();
  }
}

class UnusableResponse extends Error {}

async function readBounded(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_JWKS_BYTES) throw new UnusableResponse(`larger than ${MAX_JWKS_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString();
}

function parseJson(text: string): JSONWebKeySet {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnusableResponse('not JSON');
  }
}

/** The system's code of a failed fetch, such as ECONNREFUSED. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown';
}
