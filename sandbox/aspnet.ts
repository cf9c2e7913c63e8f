import { body, jsonText, type Reply, text } from './reply.ts';

const TRACE_ID = '00-5f0c1f6c2a8e4b7d9c3e1a2b4d6f8091-1f3a5c7e9b2d4f60-00';

/** A string result: a quoted JSON string to those who ask for JSON, bare text to all others. */
export function aspString(status: number, message: string): Reply {
  return exchange =>
    exchange.headers.accept?.includes('application/json')
      ? jsonText(status, JSON.stringify(message))(exchange)
      : text(status, message)(exchange);
}

function problem(status: number, section: string, title: string, details: object): Reply {
  const type = `https://tools.ietf.org/html/rfc7231#section-${section}`;
  return body(status, JSON.stringify({ type, title, status, traceId: TRACE_ID, ...details }), {
    'Content-Type': 'application/problem+json; charset=utf-8',
  });
}

/** What model validation says to an id that is no uuid. */
export const idInvalid: Reply = exchange =>
  problem(400, '6.5.1', 'One or more validation errors occurred.', {
    errors: { ID: [`The value '${exchange.id}' is not valid.`] },
  })(exchange);

/** A bare `NotFound()` of a controller. */
export const notFound: Reply = problem(404, '6.5.4', 'Not Found', {});
