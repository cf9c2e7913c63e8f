import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Most unfinished responses of a connection before its further requests are left unread; one read may hold a few more. */
export const PIPELINED_REQUESTS = 10;

/** The open connections of clients and, of each, the responses that are not finished, in the order of their requests. */
export class ClientConnections {
  readonly #unfinished = new Map<Socket, ServerResponse[]>();
  #areClosing = false;
  #keepIdle = true;

  get size(): number {
    return this.#unfinished.size;
  }

  /** Adds a connection, until it is closed. */
  add(socket: Socket): void {
    const unfinished: ServerResponse[] = [];
    this.#unfinished.set(socket, unfinished);
    // Whoever begins to read a body has Node read the connection again.
    socket.on('resume', () => pauseIfFull(socket, unfinished));
    socket.once('close', () => this.#unfinished.delete(socket));
  }

  /** The response that is to be finished next on a connection. */
  current(socket: Socket): ServerResponse | undefined {
    return this.#unfinished.get(socket)?.[0];
  }

  /** Adds the response to a request, until it is finished. */
  addResponse(socket: Socket, response: ServerResponse): void {
    const unfinished = this.#unfinished.get(socket);
    if (unfinished === undefined) return;
    unfinished.push(response);
    pauseIfFull(socket, unfinished);
    if (this.#areClosing) endWithLast(unfinished);
    response.once('close', () => {
      unfinished.splice(unfinished.indexOf(response), 1);
      if (unfinished.length === PIPELINED_REQUESTS) socket.resume();
      this.#endIfIdle(socket, unfinished);
    });
  }

  /** From now on every connection is closed after its pending responses, and the last of these says so. */
  announceClose(): void {
    this.#areClosing = true;
    for (const unfinished of this.#unfinished.values()) endWithLast(unfinished);
  }

  /** Closes the connections on which no response is pending, and the others as soon as none is. */
  closeIdle(): void {
    this.#keepIdle = false;
    for (const [socket, unfinished] of this.#unfinished) this.#endIfIdle(socket, unfinished);
  }

  /** Closes one connection on which no response is pending, the one open for longest, if there is any. */
  closeOneIdle(): void {
    for (const [socket, unfinished] of this.#unfinished) {
      if (unfinished.length > 0 || socket.destroyed) continue;
      socket.destroy();
      return;
    }
  }

  #endIfIdle(socket: Socket, unfinished: readonly ServerResponse[]): void {
    // What has been ended closes by itself, and a response may still be on its way.
    if (!this.#keepIdle && unfinished.length === 0 && !socket.writableEnded) socket.destroy();
  }
}

function pauseIfFull(socket: Socket, unfinished: readonly ServerResponse[]): void {
  if (unfinished.length > PIPELINED_REQUESTS) socket.pause();
}

/** `Connection: close` ends a connection after its response: of pipelined requests only the last may have it. */
function endWithLast(unfinished: readonly ServerResponse[]): void {
  const [last, previous] = [unfinished.at(-1), unfinished.at(-2)];
  if (last !== undefined) last.shouldKeepAlive = false;
  // A further request came on its connection, so it was not to end it.
  if (previous?.headersSent === false) previous.shouldKeepAlive = true;
}
