import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Most unfinished responses of a connection before its further requests are left unread; one read may hold a few more. */
export const PIPELINED_REQUESTS = 10;

/** What is known of an open connection. */
interface ClientConnection {
  readonly socket: Socket;
  /** The responses that are not finished, in the order of their requests. */
  readonly unfinished: ServerResponse[];
  /** The response to the request that came last; undefined before the first, and once that has arrived and is answered. */
  last: ServerResponse | undefined;
  /** Whether the parser has failed. */
  hasFailed: boolean;
  /** Whether what arrives behind the last request is not answered. */
  isEnding: boolean;
  /** How many bytes had arrived when the last response was finished. */
  bytesRead: number;
}

/** Requests that have not been answered completely. */
export interface UnfinishedRequests {
  /** Those that have arrived. */
  readonly requests: number;
  /** The connections that they have arrived on, and those on which a request has begun to arrive. */
  readonly connections: number;
}

/** The open connections of clients. */
export class ClientConnections {
  readonly #connections = new Map<Duplex, ClientConnection>();
  #areClosing = false;
  #keepIdle = true;

  get size(): number {
    return this.#connections.size;
  }

  /** Adds a connection, until it is closed. */
  add(socket: Socket): void {
    const connection: ClientConnection = {
      socket,
      unfinished: [],
      last: undefined,
      hasFailed: false,
      isEnding: false,
      bytesRead: 0,
    };
    this.#connections.set(socket, connection);
    // Whoever begins to read a body has Node read the connection again.
    socket.on('resume', () => pauseIfFull(connection));
    socket.once('close', () => {
      this.#connections.delete(socket);
      // After CONNECT, Node no longer does it for those that wait for an earlier one.
      for (const response of [...connection.unfinished]) response.destroy();
    });
  }

  /** The response that is to be finished next on a connection. */
  current(socket: Socket): ServerResponse | undefined {
    return this.#connections.get(socket)?.unfinished[0];
  }

  /** The response to the request that came last on a connection; undefined where it has arrived and is answered. */
  last(socket: Duplex): ServerResponse | undefined {
    const last = this.#connections.get(socket)?.last;
    return last?.closed === true && last.req.complete ? undefined : last;
  }

  /** Notes that the parser of a connection has failed. @returns false if it had before. */
  fail(socket: Duplex): boolean {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return true;
    const isFirst = !connection.hasFailed;
    connection.hasFailed = true;
    return isFirst;
  }

  /** Ends a connection after the response to the request that came last, and has it take no further requests. */
  endAfterLast(socket: Duplex): void {
    const connection = this.#connections.get(socket);
    if (connection?.last === undefined) return;
    connection.isEnding = true;
    const { last } = connection;
    const end = (): void => void socket.end(() => socket.destroy());
    if (last.closed) end();
    else if (last.headersSent) last.once('close', end);
    else last.shouldKeepAlive = false;
  }

  /** Drops a request on a connection that takes no more of them. @returns false where it is to be answered. */
  drop({ socket }: IncomingMessage): boolean {
    const connection = this.#connections.get(socket);
    if (connection?.isEnding !== true) return false;
    discardRest(socket);
    return true;
  }

  /** Adds the response to a request, until it is finished. */
  addResponse(socket: Socket, response: ServerResponse): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    const { unfinished } = connection;
    unfinished.push(response);
    connection.last = response;
    pauseIfFull(connection);
    if (this.#areClosing) endWithLast(unfinished);
    response.on('close', () => {
      if (unfinished[0] === response) unfinished.shift();
      else unfinished.splice(unfinished.indexOf(response), 1);
      // An idle connection keeps nothing of its requests. A response may come before the body of its request.
      const forget = (): void => {
        if (connection.last !== response) return;
        connection.last = undefined;
        connection.bytesRead = socket.bytesRead;
        if (!this.#keepIdle) endIfIdle(connection);
      };
      connection.bytesRead = socket.bytesRead;
      if (response.req.complete) forget();
      else response.req.once('end', forget);
      if (unfinished.length === PIPELINED_REQUESTS) socket.resume();
      if (!this.#keepIdle) endIfIdle(connection);
    });
  }

  /** From now on every connection is closed after its pending responses, and the last of these says so. */
  announceClose(): void {
    this.#areClosing = true;
    for (const { unfinished } of this.#connections.values()) endWithLast(unfinished);
  }

  /** Closes the connections that are idle, and the others as soon as they are. A request that has begun to arrive may do so. */
  closeIdle(): void {
    this.#keepIdle = false;
    for (const connection of this.#connections.values()) endIfIdle(connection);
  }

  /** What is in progress. */
  unfinished(): UnfinishedRequests {
    const busy = [...this.#connections.values()].filter(connection => !isIdle(connection));
    return {
      requests: busy.reduce((sum, { unfinished }) => sum + unfinished.length, 0),
      connections: busy.length,
    };
  }

  /** Closes one connection on which no response is pending, the one open for longest, if there is any. */
  closeOneIdle(): void {
    for (const { socket, unfinished } of this.#connections.values()) {
      if (unfinished.length > 0 || socket.destroyed) continue;
      socket.destroy();
      return;
    }
  }
}

/** Whether no response is pending, and no request has begun to arrive but one that is answered. */
function isIdle({ socket, unfinished, last, bytesRead }: ClientConnection): boolean {
  return unfinished.length === 0 && (last !== undefined || socket.bytesRead <= bytesRead);
}

function endIfIdle(connection: ClientConnection): void {
  const { socket } = connection;
  // What has been ended closes by itself, and a response may still be on its way.
  if (isIdle(connection) && !socket.writableEnded) socket.destroy();
}

function pauseIfFull({ socket, unfinished }: ClientConnection): void {
  if (unfinished.length > PIPELINED_REQUESTS) socket.pause();
}

/**
 * Reads and discards whatever else arrives on a connection, past the parser: left unread, it would have the system reset
 * the connection and lose what is still being sent; parsed, each request of it would take memory.
 */
export function discardRest(socket: Duplex): void {
  // Not while the parser is at work.
  setImmediate(() => {
    socket.removeAllListeners('data');
    socket.on('data', () => {});
    socket.resume();
  });
}

/** `Connection: close` ends a connection after its response: of pipelined requests only the last may have it. */
function endWithLast(unfinished: readonly ServerResponse[]): void {
  const [last, previous] = [unfinished.at(-1), unfinished.at(-2)];
  if (last !== undefined) last.shouldKeepAlive = false;
  // A further request came on its connection, so it was not to end it.
  if (previous?.headersSent === false) previous.shouldKeepAlive = true;
}
