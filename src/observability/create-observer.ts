import type { Events, Observer, Subscriber } from './observer.ts';

/** Makes the observer that passes every event on to who subscribed to it. */
export function createObserver(subscribers: readonly Subscriber[]): Observer {
  const notifiesOf =
    <E extends keyof Events>(event: E) =>
    (data: Events[E]): void => {
      for (const subscriber of subscribers) subscriber[event]?.(data);
    };
  return {
    requestFinished: notifiesOf('requestFinished'),
    callRequested: notifiesOf('callRequested'),
    attemptFinished: notifiesOf('attemptFinished'),
    breakerChanged: notifiesOf('breakerChanged'),
    queueChanged: notifiesOf('queueChanged'),
    contractDrifted: notifiesOf('contractDrifted'),
  };
}
