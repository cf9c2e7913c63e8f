import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { type Meeting, meetingOf } from './meeting.ts';

/** One call that reached the operation, and the means to answer it. */
export type Exchange = {
  /** The id as it came in the path. */
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  /** How many calls for this id came before, whoever made them. */
  readonly earlier: number;
  /** How many of them carried the same subscription key and the same Authorization. */
  readonly earlierOfCaller: number;
  /** Refuses every call with the same subscription key, and with 'caller' the same Authorization, for some seconds. */
  readonly limit: (by: 'caller' | 'key', seconds: number) => void;
  /** How long a slow answer takes. */
  readonly slowMs: number;
  readonly response: ServerResponse;
  /** Ends the connection from the upstream's side: by an orderly end (FIN) or a reset (RST). */
  readonly drop: (how: 'end' | 'reset') => void;
};

/** What the upstream does with a call. A reply that returns without ending the response leaves it open. */
export type Reply = (exchange: Exchange) => void | Promise<void>;

export type Headers = Readonly<Record<string, string>>;

/** A whole answer with these very bytes as its body. */
export function body(status: number, content: string | Uint8Array, headers: Headers = {}): Reply {
  return ({ response }) => {
    if (response.destroyed) return;
    response.statusCode = status;
    response.setHeaders(new Map(Object.entries(headers)));
    response.end(content);
  };
}

/** An answer without a body. */
export function empty(status: number, headers: Headers = {}): Reply {
  return body(status, '', headers);
}

/** A text body of the given type. */
export function text(status: number, content: string, type = 'text/plain; charset=utf-8'): Reply {
  return body(status, content, { 'Content-Type': type });
}

/** JSON text as it stands, for what `JSON.stringify` would never write. */
export function jsonText(status: number, content: string, headers: Headers = {}): Reply {
  return body(status, content, { 'Content-Type': 'application/json; charset=utf-8', ...headers });
}

/** A value as JSON. */
export function json(status: number, value: unknown, headers: Headers = {}): Reply {
  return jsonText(status, JSON.stringify(value), headers);
}

/** The meeting that was asked for, changed on its way out. */
export function meetingWith(change: (meeting: Meeting) => unknown, status = 200): Reply {
  return exchange => json(status, change(meetingOf(exchange.id)))(exchange);
}

/** The meeting that was asked for, with other values in some fields; `undefined` leaves one out. */
export function meetingBut(changes: Readonly<Record<string, unknown>>): Reply {
  return meetingWith(meeting => ({ ...meeting, ...changes }));
}

/** The ordinary answer: the meeting that was asked for. */
export const meeting: Reply = meetingWith(same => same);

/** Nothing, ever. */
export const hang: Reply = () => {};

/** A connection reset before any answer. */
export const reset: Reply = ({ drop }) => drop('reset');

/** Headers at once, then one byte every `everyMs` until the client leaves. */
export function drip(everyMs: number): Reply {
  return ({ response }) => {
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.flushHeaders();
    const timer = setInterval(() => response.write(' '), everyMs);
    response.once('close', () => clearInterval(timer));
  };
}

/** Another reply, later; never if the client has left by then. */
export function after(delay: number | ((exchange: Exchange) => number), reply: Reply): Reply {
  return exchange => {
    const ms = typeof delay === 'number' ? delay : delay(exchange);
    const timer = setTimeout(() => void reply(exchange), ms);
    exchange.response.once('close', () => clearTimeout(timer));
  };
}

/** `first` to a caller's first call for an id, `second` to the next, and so on in turn. */
export function alternating(first: Reply, second: Reply): Reply {
  return exchange => (exchange.earlierOfCaller % 2 === 0 ? first : second)(exchange);
}
