import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** One request that reached the sandbox. */
export type Hit = {
  /** The id as it came in the path, or '' if the request was for anything but the operation. */
  readonly id: string;
  /** The request target, byte for byte. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as sent: repeated headers stay apart. */
  readonly rawHeaders: readonly string[];
  /** `performance.now()` at arrival. */
  readonly startedAt: number;
  /** 'cut': the connection went before the answer was complete, and not by the reply's own doing. */
  readonly outcome: 'open' | 'answered' | 'cut';
  /** `performance.now()` when the outcome was known; undefined while it is 'open'. */
  readonly endedAt: number | undefined;
  /** Settles once the outcome is no longer 'open'. */
  readonly ended: Promise<void>;
};

/** The record of all hits, and the moments tests wait for. */
export type Ledger = {
  readonly hits: readonly Hit[];
  /** Opens a hit; call what it returns when the exchange is over. */
  readonly open: (id: string, request: IncomingMessage) => (outcome: 'answered' | 'cut') => void;
  /** Settles once `count` hits came since the start or the last `clear`. */
  readonly hit: (count: number) => Promise<void>;
  /** Settles once no hit is open. */
  readonly idle: () => Promise<void>;
  readonly clear: () => void;
};

/** A ledger that keeps the latest `remember` hits, so that a sandbox under load does not grow for ever. */
export function createLedger(remember: number): Ledger {
  const hits: Hit[] = [];
  const waitingForHit = new Map<() => void, number>();
  const waitingForIdle = new Set<() => void>();
  let total = 0;
  let open = 0;

  return {
    hits,
    open(id, { url = '', headers, rawHeaders }) {
      const ended = Promise.withResolvers<void>();
      const hit = { id, path: url, headers, rawHeaders, startedAt: performance.now(), ended: ended.promise };
      const entry: { -readonly [K in keyof Hit]: Hit[K] } = { ...hit, outcome: 'open', endedAt: undefined };
      hits.push(entry);
      if (hits.length > remember) hits.shift();
      total += 1;
      open += 1;
      for (const [wake, count] of waitingForHit) {
        if (total < count) continue;
        waitingForHit.delete(wake);
        wake();
      }
      return outcome => {
        entry.outcome = outcome;
        entry.endedAt = performance.now();
        open -= 1;
        ended.resolve();
        if (open > 0) return;
        for (const wake of waitingForIdle) wake();
        waitingForIdle.clear();
      };
    },
    hit(count) {
      if (total >= count) return Promise.resolve();
      return new Promise(resolve => waitingForHit.set(resolve, count));
    },
    idle() {
      if (open === 0) return Promise.resolve();
      return new Promise(resolve => waitingForIdle.add(resolve));
    },
    clear() {
      hits.length = 0;
      total = 0;
    },
  };
}
