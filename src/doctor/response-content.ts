import type { UpstreamResponse } from '../rest/transport.ts';

/** What kind of content a response has, in words; nothing of the content itself. */
export function describeContent({ headers, body }: UpstreamResponse): string {
  if (typeof body === 'string') return CONTENT_OF_ERROR[body];
  if (body.length === 0) return 'no content';
  const type = String(headers['content-type'] ?? '').toLowerCase();
  const text = body.toString('utf8').trimStart();
  if (type.includes('html') || /^<(?:!doctype|html)/i.test(text)) return 'an HTML page';
  if (isJson(text)) return text.startsWith('{') ? 'a JSON object' : 'JSON that is not an object';
  return type.includes('json') ? 'content that is declared as JSON and is not' : 'content that is not JSON';
}

const CONTENT_OF_ERROR = {
  'too large': 'content that is too large',
  truncated: 'content that ended early',
  'unreadable encoding': 'content in an encoding that cannot be read',
} as const;

function isJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
    return true;
  } catch {
    return false;
  }
}
