import type { FileReaders } from '../config/load.ts';
import type { Config, Environment } from '../config/settings.ts';
import type { TrustedDocuments } from '../graphql/plugins/persisted-operations.ts';
import type { Clock } from '../lib/clock.ts';
import type { MeetingId } from '../luminus/meeting-id.ts';
import type { TokenVerifier } from './token-verifier.ts';
import type { UpstreamCall } from './upstream-call.ts';

/** What is known of the process that runs the checks; sizes in bytes. */
export interface ProcessFacts {
  /** Of Node.js, such as 24.1.0. */
  readonly nodeVersion: string;
  /** The version of Node.js that the gateway needs, as package.json has it. */
  readonly requiredNode: string;
  /** How large V8 lets the heap become. */
  readonly heapLimit: number;
  /** The memory limit of the process's cgroup; null without one. */
  readonly memoryLimit: number | null;
}

/** What checks of the machine and its files work with. */
export interface LocalInput {
  readonly env: Environment;
  readonly files: FileReaders<TrustedDocuments>;
  readonly facts: ProcessFacts;
}

/** What checks of other machines work with. */
export interface NetworkInput {
  readonly env: Environment;
  readonly config: Config;
  /** The meeting to sync; null for none. */
  readonly meetingId: MeetingId | null;
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls the upstream without a subscription key. The call is made once, and all checks share its result. */
  readonly callWithoutKey: () => Promise<UpstreamCall>;
  /** How tokens are verified; the keys begin to be fetched when it is first asked for. */
  readonly verifier: () => TokenVerifier;
}
