import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../observability/log.ts';

/** What answers may hold that clients do not read. */
export interface UnreadLimits {
  /** Longest time, in milliseconds, that nothing of the answers on a connection is taken. */
  readonly stalled: number;
  /** Most bytes of unread answers, for the process. */
  readonly bytes: number;
}

/** Eight of the largest answers; and a slow client on a mobile network still takes something within 30 s. */
export const UNREAD_LIMITS: UnreadLimits = { stalled: 30_000, bytes: 64 * 1024 * 1024 };

/** Bytes written at a time of a large answer: Node tells only of a whole write that it was taken. */
const PART_BYTES = 64 * 1024;

/** Counted for each answer beside its body: its headers, and the objects of Node that wait with it. */
export const ANSWER_OVERHEAD = 4 * 1024;

/** A connection with answers that were not taken at once. */
interface Waiting {
  readonly socket: Socket;
  bytes: number;
  /** When something was last taken. */
  since: number;
  readonly forget: () => void;
}

/**
 * Sends the bodies of answers, and closes connections whose clients do not read them: those that take nothing for too
 * long, and, when unread answers hold too much memory, those that have taken nothing for longest.
 */
export class UnreadAnswers {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: UnreadLimits;
  /** The one that has taken nothing for longest comes first. */
  readonly #waiting = new Map<Socket, Waiting>();
  #bytes = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, log: Log, limits: UnreadLimits = UNREAD_LIMITS) {
    this.#clock = clock;
    this.#log = log;
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
    this.#add(socket, response, bytes + ANSWER_OVERHEAD);
  }

  #add(socket: Socket, response: ServerResponse, bytes: number): void {
    const waiting = this.#waiting.get(socket) ?? this.#open(socket);
    waiting.bytes += bytes;
    this.#bytes += bytes;
    response.once('finish', () => {
      if (this.#waiting.get(socket) !== waiting) return;
      waiting.bytes -= bytes;
      this.#bytes -= bytes;
      if (waiting.bytes === 0) this.#close(waiting);
      else this.#progress(socket);
    });
    for (const first of this.#waiting.values()) {
      if (this.#bytes <= this.#limits.bytes) break;
      this.#cut(first, 'unread answers hold too much memory');
    }
    this.#schedule();
  }

  #open(socket: Socket): Waiting {
    const forget = (): void => this.#close(waiting);
    const waiting: Waiting = { socket, bytes: 0, since: this.#clock.now(), forget };
    this.#waiting.set(socket, waiting);
    socket.once('close', forget);
    return waiting;
  }

  #close(waiting: Waiting): void {
    waiting.socket.off('close', waiting.forget);
    this.#waiting.delete(waiting.socket);
    this.#bytes -= waiting.bytes;
    if (this.#waiting.size > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** Something was taken: the connection goes to the end. */
  #progress(socket: Socket): void {
    const waiting = this.#waiting.get(socket);
    if (waiting === undefined) return;
    waiting.since = this.#clock.now();
    this.#waiting.delete(socket);
    this.#waiting.set(socket, waiting);
  }

  /** Has a look when the first connection may have stalled for too long. */
  #schedule(): void {
    const [first] = this.#waiting.values();
    if (first === undefined || this.#cancelTimer !== undefined) return;
    this.#cancelTimer = this.#clock.after(first.since + this.#limits.stalled - this.#clock.now(), () => {
      this.#cancelTimer = undefined;
      this.#cutStalled();
      this.#schedule();
    });
  }

  #cutStalled(): void {
    const due = this.#clock.now() - this.#limits.stalled;
    for (const waiting of [...this.#waiting.values()]) {
      if (waiting.since > due) break;
      if (waiting.socket.writableLength > 0) this.#cut(waiting, 'nothing was read for too long');
      // Answers to pipelined requests that wait for an earlier one, which we still work on.
      else this.#progress(waiting.socket);
    }
  }

  #cut(waiting: Waiting, reason: string): void {
    this.#log.info({ unreadBytes: waiting.bytes, reason }, 'connection closed');
    this.#close(waiting);
    waiting.socket.destroy();
  }
}

function sendInParts(response: ServerResponse, body: Buffer, onTaken: () => void): void {
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
      onTaken();
      sendNext();
    });
  };
  sendNext();
}
