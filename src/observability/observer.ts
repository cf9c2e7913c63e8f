import type { FailureCode } from '../lib/errors.ts';

/** What happens in a gateway that somebody may want to log, count or trace, and what is known of it. No credentials, no values of meetings. */
export interface Events {
  /** A request was answered, or its client left (status 499). */
  readonly requestFinished: {
    readonly requestId: string;
    readonly status: number;
    readonly codes: readonly string[];
    readonly durationMs: number;
    /** Names of the operations it ran; a client chooses them. */
    readonly operations: readonly string[];
    /** The id of its caller, where there is one. */
    readonly callerId: string | null;
    readonly stats: CallStats | null;
  };
  /** A value of the upstream was asked for, whether by a call of its own or one in flight. */
  readonly callRequested: { readonly requestId: string; readonly operation: string };
  /** An attempt at an upstream call ended. */
  readonly attemptFinished: {
    readonly requestId: string;
    /** The name of the operation of the upstream. */
    readonly operation: string;
    readonly durationMs: number;
    /** Null where it succeeded. */
    readonly failure: AttemptFailure | null;
  };
  readonly breakerChanged: {
    readonly state: 'closed' | 'open' | 'half-open';
    readonly attempts: number;
    readonly failures: number;
  };
  /** The number of upstream calls in flight or queued changed. */
  readonly queueChanged: { readonly inFlight: number; readonly queued: number };
  /** The upstream differs from its documentation. @see ContractDrift */
  readonly contractDrifted: {
    readonly kind: string;
    readonly name: string;
    /** Whether it is the first time. */
    readonly isNew: boolean;
  };
}

/** What a request has cost upstream. */
export interface CallStats {
  readonly calls: number;
  readonly retries: number;
  readonly coalesced: number;
}

/** Why an attempt failed; the cause is for operators alone. */
export interface AttemptFailure {
  readonly code: FailureCode;
  /** The setting to correct, where the gateway itself is set up wrongly. */
  readonly setting: string | null;
  readonly cause: unknown;
}

/** Is told of everything that happens. */
export type Observer = { readonly [E in keyof Events]: (event: Events[E]) => void };

/** Is told of what it asks for. */
export type Subscriber = Partial<Observer>;
