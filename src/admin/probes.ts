import type { HttpHandler, HttpResponse } from '../server/http-message.ts';
import type { Lifecycle, LifecycleState } from '../server/lifecycle.ts';
import { JSON_HEADERS } from '../server/reply.ts';

/** What a readiness probe reads. */
export interface Readiness {
  readonly lifecycle: Lifecycle;
  /** Whether a gateway that verifies tokens still waits for the keys that sign them. */
  readonly areKeysMissing: () => boolean;
}

const KEYS_MISSING = 'The keys that sign tokens (JWT_JWKS_URL) have not been fetched yet.';

/** Why a gateway in a state gets no traffic; null where it may. */
const REASONS: Readonly<Record<LifecycleState, string | null>> = {
  starting: 'The gateway does not listen yet.',
  ready: null,
  draining: 'The gateway is shutting down.',
  stopped: 'The gateway has shut down.',
};

const ALIVE: HttpResponse = { status: 200, headers: JSON_HEADERS, body: '{"status":"alive"}' };

/** Reports that the event loop turns, whatever the state: a gateway that is starting or draining must not be restarted. */
export const live: HttpHandler = () => ALIVE;

/**
 * Reports whether the gateway may get traffic: 200, or 503 with the reason. An upstream that is down does not count, as all
 * replicas would leave at once.
 */
export function createReadyHandler({ lifecycle, areKeysMissing }: Readiness): HttpHandler {
  return () => {
    const status = lifecycle.state;
    const reason = status === 'starting' && areKeysMissing() ? KEYS_MISSING : REASONS[status];
    const body = JSON.stringify(reason === null ? { status } : { status, reason });
    return { status: reason === null ? 200 : 503, headers: JSON_HEADERS, body };
  };
}
