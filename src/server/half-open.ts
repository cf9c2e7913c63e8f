import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Milliseconds before the first probe, and most between two; each wait is twice the one before it. */
const FIRST_WAIT = 10;
const LONGEST_WAIT = 1_000;

/**
 * Closes the connection of a client that has left for good, so that what is in progress for it alone is cancelled.
 *
 * A client that ends its side after its request and one that has closed its socket send the same FIN. The kernel of the
 * second answers whatever we write with a RST, which our next write meets. Hence interim responses (102, which HTTP/1.1
 * lets any request have), until the response is ready: a client that has left is found after two of them, some 30 ms
 * later, or after twice its round-trip time. HTTP/1.0 has no interim responses: a client that ends its side has left.
 * @param current the response that is to be written next on the connection.
 */
export function probeHalfOpen(socket: Socket, current: () => ServerResponse | undefined): void {
  let timer: NodeJS.Timeout | undefined;
  const probe = (wait: number): void => {
    const response = current();
    // No response is pending any more: Node closes the connection.
    if (response === undefined) return;
    if (response.req.httpVersion !== '1.1') {
      socket.destroy();
      return;
    }
    timer = setTimeout(() => {
      const next = current();
      if (next?.headersSent === false) next.writeProcessing();
      probe(Math.min(2 * wait, LONGEST_WAIT));
    }, wait);
  };
  socket.once('end', () => probe(FIRST_WAIT));
  socket.once('close', () => clearTimeout(timer));
}
