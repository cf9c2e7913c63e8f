import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import type { Observer } from '../observability/observer.ts';

/** Limits on responses that clients do not read. */
export interface UnreadLimits {
  /** Longest time, in milliseconds, in which a client reads nothing of the responses on a connection. */
  readonly stalled: number;
  /** Most bytes of unread responses, for the process. */
  readonly bytes: number;
}

/** Eight of the largest responses; and a slow client on a mobile network still reads something within 30 s. */
export const UNREAD_LIMITS: UnreadLimits = { stalled: 30_000, bytes: 64 * 1024 * 1024 };

/** Bytes of a large response that are written at a time: Node reports only a whole write as done. */
const PART_BYTES = 64 * 1024;

/** Counted for each response beside its body: its headers, and the objects that Node keeps for it. */
export const RESPONSE_OVERHEAD = 4 * 1024;

/** A connection with responses that the client has not read yet. */
interface UnreadConnection {
  readonly socket: Socket;
  bytes: number;
  /** When the client last read something. */
  since: number;
  readonly onClose: () => void;
}

/**
 * Sends the bodies of responses, and closes connections whose clients do not read them: those that read nothing for too
 * long, and, when unread responses hold too much memory, those that have read nothing for longest.
 */
export class UnreadResponses {
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #limits: UnreadLimits;
  /** The one that has read nothing for longest comes first. */
  readonly #unread = new Map<Socket, UnreadConnection>();
  #bytes = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, observer: Observer, limits: UnreadLimits = UNREAD_LIMITS) {
    this.#clock = clock;
    this.#observer = observer;
    this.#limits = limits;
  }

  /** Ends a response, whose head has been written, with its body. @param bytes the length of the body. */
  send(response: ServerResponse, body: string | Buffer, bytes: number): void {
    const { socket } = response.req;
    if (bytes <= PART_BYTES) {
      response.end(body);
      if (response.socket?.writableLength === 0 || socket.destroyed) return;
    } else {
      if (socket.destroyed) return;
      const parts = typeof body === 'string' ? Buffer.from(body) : body;
      sendInParts(response, parts, () => this.#progress(socket));
    }
    this.#track(socket, response, bytes + RESPONSE_OVERHEAD);
  }

  #track(socket: Socket, response: ServerResponse, bytes: number): void {
    const connection = this.#unread.get(socket) ?? this.#add(socket);
    connection.bytes += bytes;
    this.#bytes += bytes;
    response.once('finish', () => {
      if (this.#unread.get(socket) !== connection) return;
      connection.bytes -= bytes;
      this.#bytes -= bytes;
      if (connection.bytes === 0) this.#remove(connection);
      else this.#progress(socket);
    });
    for (const first of this.#unread.values()) {
      if (this.#bytes <= this.#limits.bytes) break;
      this.#destroy(first, 'unread responses hold too much memory');
    }
    this.#schedule();
  }

  #add(socket: Socket): UnreadConnection {
    const onClose = (): void => this.#remove(connection);
    const connection: UnreadConnection = { socket, bytes: 0, since: this.#clock.now(), onClose };
    this.#unread.set(socket, connection);
    socket.once('close', onClose);
    return connection;
  }

  #remove(connection: UnreadConnection): void {
    connection.socket.off('close', connection.onClose);
    this.#unread.delete(connection.socket);
    this.#bytes -= connection.bytes;
    if (this.#unread.size > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** The client read something: its connection goes to the end. */
  #progress(socket: Socket): void {
    const connection = this.#unread.get(socket);
    if (connection === undefined) return;
    connection.since = this.#clock.now();
    this.#unread.delete(socket);
    this.#unread.set(socket, connection);
  }

  /** Sets a timer for when the first connection may have stalled for too long. */
  #schedule(): void {
    const [first] = this.#unread.values();
    if (first === undefined || this.#cancelTimer !== undefined) return;
    this.#cancelTimer = this.#clock.after(first.since + this.#limits.stalled - this.#clock.now(), () => {
      this.#cancelTimer = undefined;
      this.#closeStalled();
      this.#schedule();
    });
  }

  #closeStalled(): void {
    const due = this.#clock.now() - this.#limits.stalled;
    for (const connection of [...this.#unread.values()]) {
      if (connection.since > due) break;
      if (connection.socket.writableLength > 0) this.#destroy(connection, 'nothing was read for too long');
      // Responses to pipelined requests that are queued behind an earlier one, which is still in progress.
      else this.#progress(connection.socket);
    }
  }

  #destroy(connection: UnreadConnection, reason: string): void {
    this.#observer.connectionClosed({ unreadBytes: connection.bytes, reason });
    this.#remove(connection);
    connection.socket.destroy();
  }
}

function sendInParts(response: ServerResponse, body: Buffer, onProgress: () => void): void {
  let sent = 0;
  const sendNext = (): void => {
    const part = body.subarray(sent, sent + PART_BYTES);
    sent += part.length;
    if (sent === body.length) {
      response.end(part);
      return;
    }
    response.write(part, error => {
      if (error != null) return;
      onProgress();
      sendNext();
    });
  };
  sendNext();
}
