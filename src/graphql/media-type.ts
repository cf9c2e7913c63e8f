import type { IncomingHttpHeaders } from 'node:http';

/** Media types of GraphQL over HTTP; the second may carry errors under another status than 200. */
export type MediaType = 'application/json' | 'application/graphql-response+json';

/**
 * Chooses the media type of a response: the first in `Accept` that GraphQL over HTTP defines.
 * @returns null when there is none.
 */
export function negotiate(accept: string | undefined): MediaType | null {
  if (accept === undefined) return 'application/json';
  for (const range of accept.toLowerCase().split(',')) {
    const [type, ...parameters] = range.split(';').map(part => part.trim());
    if (parameters.some(parameter => /^q=0(?:\.0*)?$|^charset=(?!"?utf-?8)/.test(parameter))) continue;
    if (type === 'application/json' || type === 'application/graphql-response+json') return type;
    if (type === '*/*' || type === 'application/*') return 'application/json';
  }
  return null;
}

/** Tells whether the body of a request is declared as JSON in UTF-8, without a content encoding. */
export function isJson(headers: Readonly<IncomingHttpHeaders>): boolean {
  const type = /^application\/json *(?:; *charset="?utf-?8"?)?$/i.test(headers['content-type'] ?? '');
  return type && (headers['content-encoding'] ?? 'identity') === 'identity';
}
