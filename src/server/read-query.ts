import { HttpError } from './http-error.ts';

/** Most parameters of a query; a GraphQL request has five at most. */
export const MAX_PARAMETERS = 20;

/** What a URL may hold by RFC 3986; everything else must be percent-encoded. */
const URL_TEXT = /^[\x21-\x7e]*$/;

/**
 * Reads the parameters in the query of a URL, as HTML forms encode them.
 * @param url the target of a request.
 * @throws HttpError 400 for a parameter that occurs twice, that is not percent-encoded UTF-8, or one too many.
 */
export function readQuery(url: string): ReadonlyMap<string, string> {
  const [, query = ''] = /\?(.*)/s.exec(url) ?? [];
  if (!URL_TEXT.test(query)) throw notEncoded();
  const parts = query.split('&', MAX_PARAMETERS + 1);
  if (parts.length > MAX_PARAMETERS) {
    throw new HttpError(
      400,
      'LIMIT_EXCEEDED',
      `The URL has more than ${MAX_PARAMETERS} parameters. Send fewer.`,
    );
  }
  const parameters = new Map<string, string>();
  for (const part of parts) {
    if (part === '') continue;
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(part) ?? [];
    const decoded = decode(name);
    if (parameters.has(decoded)) {
      throw new HttpError(400, 'BAD_REQUEST', 'The URL has a parameter twice. Send each parameter once.');
    }
    parameters.set(decoded, decode(value));
  }
  return parameters;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw notEncoded();
  }
}

function notEncoded(): HttpError {
  return new HttpError(
    400,
    'BAD_REQUEST',
    'The query of the URL is not percent-encoded UTF-8. Encode each parameter.',
  );
}
