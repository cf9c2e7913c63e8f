import type { Log } from './log.ts';
import type { Events, Subscriber } from './observer.ts';

/** Makes what logs the events that operators need to see. */
export function createLogSubscriber(log: Log): Subscriber {
  let breaker: Events['breakerChanged']['state'] = 'closed';
  return {
    callRequested: ({ requestId }) => log.debug({ requestId }, 'sync'),
    attemptFinished({ requestId, failure }) {
      if (failure === null) return;
      const { code, setting, cause } = failure;
      if (setting === null) log.warn({ requestId, code, cause }, 'upstream call failed');
      else log.error({ requestId, code, setting, cause }, 'upstream call failed');
    },
    breakerChanged({ state, attempts, failures }) {
      // A probe that failed changes nothing that was not logged.
      if (state === 'open' && breaker === 'closed')
        log.warn({ attempts, failures }, 'breaker opened: calls are refused for a while');
      if (state === 'closed') log.info({}, 'breaker closed: the upstream answers again');
      breaker = state;
    },
    contractDrifted({ kind, name, isNew }) {
      if (isNew) log.warn({ drift: kind, name }, 'the upstream differs from its documentation');
    },
  };
}
