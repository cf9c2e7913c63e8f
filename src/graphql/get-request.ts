import type { IncomingHttpHeaders } from 'node:http';
import { HttpError } from '../server/http-error.ts';
import type { HttpRequest } from '../server/http-message.ts';
import { isPreflighted, PREFLIGHTED_HEADERS } from '../server/preflight.ts';

/** Tells whether a GET request without a header that shows a preflight is taken all the same. */
export type AllowSimpleGet = (headers: Readonly<IncomingHttpHeaders>) => boolean;

/** Parameters whose text is JSON. */
const JSON_PARAMETERS: readonly string[] = ['variables', 'extensions'];

const NOT_PREFLIGHTED = new HttpError(
  400,
  'BAD_REQUEST',
  `A GET request needs one of the headers ${PREFLIGHTED_HEADERS.join(', ')}, so that no page of another origin can send it. Add one (Authorization with a Bearer token, Apollo-Require-Preflight with any value), or use POST.`,
);

/**
 * Checks that no page of another origin can have sent a GET request without being allowed to.
 * @throws HttpError 400 that says which header to add.
 */
export function checkPreflight(headers: Readonly<IncomingHttpHeaders>, allowSimpleGet: AllowSimpleGet): void {
  if (!isPreflighted(headers) && !allowSimpleGet(headers)) throw NOT_PREFLIGHTED;
}

/**
 * Reads the operation in the URL of a GET request. An empty parameter counts as not sent.
 * @returns its parameters, still to be checked, and the size of the request in bytes.
 * @throws HttpError 400 for a URL or a parameter that cannot be read.
 */
export function readUrl(request: HttpRequest): { params: unknown; bytes: number } {
  const params: Record<string, unknown> = Object.create(null);
  for (const [name, text] of request.readQuery()) {
    if (text !== '') params[name] = JSON_PARAMETERS.includes(name) ? parseParameter(name, text) : text;
  }
  return { params, bytes: request.headBytes };
}

function parseParameter(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(
      400,
      'BAD_REQUEST',
      `The ${name} in the URL are not JSON. Send a JSON object, percent-encoded.`,
    );
  }
}
