import type { Sandbox } from '../../sandbox/server.ts';
import { SANDBOX_KEY } from '../../sandbox/server.ts';
import type { Caller } from '../../src/auth/caller.ts';
import { createCallerIdentifier } from '../../src/auth/caller.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { MeetingId } from '../../src/luminus/meeting-id.ts';
import { parseUuid } from '../../src/luminus/meeting-id.ts';
import type { Upstream, UpstreamOptions } from '../../src/rest/client.ts';
import { createUpstream } from '../../src/rest/client.ts';
import { createMemoryLog } from './log.ts';

/** A client of a sandbox, with the limits of production and the given ones instead. */
export function openUpstream(
  sandbox: Sandbox,
  { retry, breaker, bulkhead, ...others }: DeepPartial<UpstreamOptions> = {},
): Upstream & AsyncDisposable {
  const upstream = createUpstream({
    url: new URL(sandbox.url),
    offsetMinutes: 480,
    attemptTimeout: 8_000,
    connectTimeout: 2_000,
    maxAnswerBytes: 256 * 1024,
    bulkhead: { maxInFlight: 64, maxInFlightPerCaller: 16, maxWaiting: 1_000, ...bulkhead },
    retry: { minDelay: 100, maxDelay: 1_000, budget: 10, budgetPerCall: 0.1, budgetPerSecond: 1, ...retry },
    breaker: {
      enabled: true,
      failureRatio: 0.5,
      minAttempts: 20,
      window: 10_000,
      openFor: 5_000,
      ...breaker,
    },
    clock: systemClock,
    random: Math.random,
    log: createMemoryLog().log,
    ...others,
  });
  return { ...upstream, [Symbol.asyncDispose]: () => upstream.close() };
}

type DeepPartial<T> = Omit<Partial<T>, 'retry' | 'breaker' | 'bulkhead'> & {
  readonly [K in keyof T & ('retry' | 'breaker' | 'bulkhead')]?: Partial<T[K]>;
};

const identify = createCallerIdentifier();

/** A caller with a key and token of its own. */
export function callerNamed(name: string): Caller {
  return identify({
    subscriptionKey: `${SANDBOX_KEY}-${name}`,
    keyFrom: 'caller',
    authorization: `Bearer ${name}`,
  });
}

/** The n-th of many ordinary meetings. */
export function meetingNumber(n: number): MeetingId {
  return idOf(`aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`);
}

/** An id, checked as the gateway does. */
export function idOf(text: string): MeetingId {
  const id = parseUuid(text);
  if (id === null) throw new Error(`not an id: ${text}`);
  return id;
}
