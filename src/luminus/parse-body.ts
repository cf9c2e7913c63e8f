import type { UpstreamResponse } from '../rest/transport.ts';

/** The body of a response, read as far as it can be. */
export interface Body {
  /** The parsed body; undefined when it is no JSON. */
  readonly json: unknown;
  /** The parsed body if it is an object, else an empty one. */
  readonly object: Readonly<Record<string, unknown>>;
  /** The sentence of the response, to be matched and never passed on. */
  readonly message: string;
}

/** Reads a body. One that cannot be used reads as empty: the status says enough of a failure, and a success is no response. */
export function parseBody({ body }: UpstreamResponse): Body {
  if (typeof body === 'string') return { json: undefined, object: {}, message: '' };
  const written = body.toString('utf8');
  const text = written.startsWith('\uFEFF') ? written.slice(1) : written;
  const json = parseJson(text);
  const object = isObject(json) ? json : {};
  const message = json === undefined ? text : typeof json === 'string' ? json : object['message'];
  return { json, object, message: typeof message === 'string' ? message : '' };
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
