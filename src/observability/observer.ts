import type { ErrorCode } from '../lib/errors.ts';
import type { CallStats, RequestIdentity } from '../lib/request-context.ts';

/** Ways in which the upstream can differ from what its API page promises. */
export const DRIFT_KINDS = [
  'unknownField',
  'missingField',
  'unknownCode',
  'brokenField',
  'noOffset',
] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

/** The states of the circuit breaker. */
export const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

/**
 * What came of an operation, by the response its client got: `ok` without errors; `partial` where there are errors, and
 * a root field that has a value; `failed` where no root field has one, or the operation was not executed. A list of
 * nothing but null is no value.
 */
export const OPERATION_OUTCOMES = ['ok', 'partial', 'failed'] as const;
export type OperationOutcome = (typeof OPERATION_OUTCOMES)[number];

/** What a replica does with the channel by which replicas tell each other of holds. */
export type ChannelUse = 'publish' | 'subscribe';

/** An operation of a request. */
export interface OperationSummary {
  /** Its name, which the client chose; null where it has none, or was not executed. */
  readonly name: string | null;
  /** `query`, `mutation` or `subscription`; null where it was not executed. */
  readonly type: string | null;
  /** When its execution began and ended, by `performance.now()`. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Null where the client left before it had an outcome. */
  readonly outcome: OperationOutcome | null;
}

/** What happens in a gateway that somebody may want to log, count or trace, and what is known of it. No credentials, no values of meetings. */
export interface Events {
  /** A request was answered, or its client left (status 499). */
  readonly requestFinished: RequestIdentity & {
    /** Whatever the client sent. */
    readonly method: string;
    /** The path of the route it asked for; null where there is none. */
    readonly route: string | null;
    readonly status: number;
    readonly codes: readonly ErrorCode[];
    readonly durationMs: number;
    readonly operations: readonly OperationSummary[];
    /** The id of its caller, where there is one. */
    readonly callerId: string | null;
    /** What it has cost upstream. */
    readonly stats: Readonly<CallStats> | null;
  };
  /** A connection or a request was refused before it reached the router: too many connections, or no valid HTTP. */
  readonly requestRefused: RequestIdentity & {
    readonly status: number;
    readonly code: ErrorCode;
  };
  /** The gateway closed a connection whose client did not read its responses. */
  readonly connectionClosed: { readonly unreadBytes: number; readonly reason: string };
  /** The system could not accept a connection; while file descriptors are short, this happens again and again. */
  readonly acceptFailed: {
    /** The code of the system, such as EMFILE. */
    readonly code: string | undefined;
  };
  /** A request failed with an error that is none of the catalogue: a bug. */
  readonly unexpectedError: RequestIdentity & { readonly error: unknown };
  /** No response could be sent because of a bug; the connection was closed. */
  readonly responseFailed: RequestIdentity & { readonly error: unknown };
  /** A request asked for the result of an upstream call, be it one of its own or one that it shares. */
  readonly callRequested: RequestIdentity & {
    /** The name of the operation of the upstream. */
    readonly operation: string;
  };
  /** An attempt at an upstream call ended by itself; for one that nobody waited for any more, see `attemptAborted`. */
  readonly attemptFinished: AttemptEvent & {
    /** The status of its response; null where there is none. */
    readonly status: number | null;
    /** Null where it succeeded. */
    readonly failure: AttemptFailure | null;
  };
  /** An attempt was aborted, as nobody waited for it any more. */
  readonly attemptAborted: AttemptEvent;
  readonly breakerChanged: {
    readonly state: BreakerState;
    readonly attempts: number;
    readonly failures: number;
  };
  /** The number of upstream calls in flight or queued changed. */
  readonly queueChanged: { readonly inFlight: number; readonly queued: number };
  /** A call left the queue: it got a slot, or nobody waited for it any more. */
  readonly callDequeued: { readonly waitMs: number };
  /** A hold started or was lifted: calls that the upstream refuses for a time are kept back. */
  readonly holdsChanged: {
    /** How many holds there are now. */
    readonly holds: number;
    /** The code of the refusal that started one; null where one was lifted. */
    readonly started: ErrorCode | null;
  };
  /** Redis can be used, or can no longer be; the first of these events comes while the gateway starts. */
  readonly redisChanged: {
    readonly isUsable: boolean;
    /** Why it cannot be used: a code of the system or of Redis, such as ECONNREFUSED or WRONGPASS. */
    readonly reason: string | null;
  };
  /** Redis was sent a message for other replicas, or asked for theirs. @property reason why it refused; null where it did not. */
  readonly redisChannelUsed: { readonly use: ChannelUse; readonly reason: string | null };
  /** A command to Redis, or a connection, failed; what depended on it went on without. */
  readonly redisFailed: { readonly reason: string };
  /** The upstream differs from its documentation. @see ContractDrift */
  readonly contractDrifted: {
    readonly kind: DriftKind;
    readonly name: string;
    /** Whether it is the first time. */
    readonly isNew: boolean;
  };
  /** The keys that sign tokens could not be fetched; once for each outage. */
  readonly keysUnavailable: {
    readonly reason: string;
    /** How long the keys that were fetched before can still be used. */
    readonly usableForMs: number;
  };
  /** The keys that sign tokens were fetched again after an outage. */
  readonly keysRecovered: Readonly<Record<never, never>>;
  /** Spans were dropped: the receiver of traces could not take them, or too many wait for it. */
  readonly spansDropped: { readonly count: number };
  /** Spans could not be exported; once for each outage. */
  readonly spanExportFailed: { readonly reason: string };
  /** Spans were exported again after an outage. */
  readonly spanExportRecovered: {
    /** How many were dropped meanwhile. */
    readonly dropped: number;
  };
  /** A key that signs tokens cannot be used; once for each set of keys. */
  readonly unusableKeyFound: Readonly<Record<never, never>>;
}

/** An attempt at an upstream call, on behalf of the request that has started the call. */
export interface AttemptEvent extends RequestIdentity {
  /** The name of the operation of the upstream. */
  readonly operation: string;
  /** 0 for the first attempt at a call, 1 for its retry. */
  readonly retry: number;
  /** Milliseconds it was queued before it was sent. */
  readonly queuedMs: number;
  /** Milliseconds since it was sent. */
  readonly durationMs: number;
  /** Whether other requests have joined the call so far. */
  readonly isShared: boolean;
  /** The id of its span that the upstream was sent; null where trace contexts are not passed on. */
  readonly spanId: string | null;
}

/** Why an attempt failed; the cause is for operators alone. */
export interface AttemptFailure {
  readonly code: ErrorCode;
  /** The setting to correct, where the gateway itself is misconfigured. */
  readonly setting: string | null;
  readonly cause: unknown;
}

/** Is notified of everything that happens. */
export type Observer = { readonly [E in keyof Events]: (event: Events[E]) => void };

/** Is notified of the events it has a function for. */
export type Subscriber = Partial<Observer>;
