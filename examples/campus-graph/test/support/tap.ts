import type { IncomingHttpHeaders } from 'node:http';
import { request as send } from 'node:http';
import type { Service } from '../../serve.ts';
import { serve } from '../../serve.ts';

/** A way to a service that keeps the headers of every request on it. */
export interface Tap extends Service {
  readonly requests: readonly IncomingHttpHeaders[];
  /** Settles once that many requests were made. */
  arrived(count: number): Promise<void>;
  /** Forgets the requests so far. */
  clear(): void;
}

/** Opens a tap in front of a service. A client that leaves takes its request along, as without a tap. */
export async function openTap({ url }: Service): Promise<Tap> {
  const requests: IncomingHttpHeaders[] = [];
  const waiting = new Map<() => void, number>();
  const service = await serve((incoming, response) => {
    const { method, headers } = incoming;
    requests.push(headers);
    for (const [wake, count] of waiting) if (requests.length >= count) wake();
    const outgoing = send(url, { method, headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    response.once('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  return {
    ...service,
    requests,
    arrived: count =>
      requests.length >= count ? Promise.resolve() : new Promise(resolve => waiting.set(resolve, count)),
    clear: () => {
      requests.length = 0;
    },
  };
}
