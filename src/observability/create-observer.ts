import type { Log } from './log.ts';
import type { Events, Observer, Subscriber } from './observer.ts';
import { sanitizeError } from './sanitize-error.ts';

/**
 * Makes an observer that notifies subscribers, in their order. Their functions are called at once and without `this`;
 * what they throw reaches nobody else.
 * @param log where the first error of each subscriber's function goes.
 */
export function createObserver(subscribers: readonly Subscriber[], log: Log): Observer {
  const notify = <E extends keyof Events>(event: E): ((fields: Events[E]) => void) => {
    const handlers = subscribers.flatMap(({ [event]: handler }) =>
      handler === undefined ? [] : [guard(handler, event, log)],
    );
    const [first] = handlers;
    if (first === undefined) return () => {};
    if (handlers.length === 1) return first;
    return fields => {
      for (const handle of handlers) handle(fields);
    };
  };
  // Listed, so that an event that is forgotten here does not compile.
  return {
    requestFinished: notify('requestFinished'),
    requestRefused: notify('requestRefused'),
    connectionClosed: notify('connectionClosed'),
    acceptFailed: notify('acceptFailed'),
    unexpectedError: notify('unexpectedError'),
    responseFailed: notify('responseFailed'),
    callRequested: notify('callRequested'),
    attemptFinished: notify('attemptFinished'),
    attemptAborted: notify('attemptAborted'),
    breakerChanged: notify('breakerChanged'),
    queueChanged: notify('queueChanged'),
    callDequeued: notify('callDequeued'),
    holdsChanged: notify('holdsChanged'),
    redisChanged: notify('redisChanged'),
    redisFailed: notify('redisFailed'),
    redisChannelUsed: notify('redisChannelUsed'),
    contractDrifted: notify('contractDrifted'),
    keysUnavailable: notify('keysUnavailable'),
    keysRecovered: notify('keysRecovered'),
    unusableKeyFound: notify('unusableKeyFound'),
    spansDropped: notify('spansDropped'),
    spanExportFailed: notify('spanExportFailed'),
    spanExportRecovered: notify('spanExportRecovered'),
  };
}

function guard<T>(handler: (fields: T) => void, event: string, log: Log): (fields: T) => void {
  let hasFailed = false;
  return fields => {
    try {
      handler(fields);
    } catch (error) {
      if (hasFailed) return;
      hasFailed = true;
      log.error({ event, error: sanitizeError(error) }, 'a subscriber failed');
    }
  };
}
