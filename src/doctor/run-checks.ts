import { createCallerIdentifier } from '../auth/caller.ts';
import type { Clock } from '../lib/clock.ts';
import type { MeetingId } from '../luminus/meeting-id.ts';
import type { Check, CheckResult, Finding } from './check.ts';
import { failed, skipped } from './check.ts';
import { checkSettings } from './checks/settings.ts';
import { FILE_CHECKS, NETWORK_CHECKS, PROCESS_CHECKS } from './checks.ts';
import type { LocalInput, NetworkInput } from './input.ts';
import { NIL_ID } from './nil-id.ts';
import { systemCode } from './system-error.ts';
import type { TokenVerifier } from './token-verifier.ts';
import { createTokenVerifier } from './token-verifier.ts';
import type { UpstreamCall } from './upstream-call.ts';
import { callUpstream } from './upstream-call.ts';

/** Longest time of one check, in milliseconds; most checks have a shorter one of their own. */
export const CHECK_TIMEOUT = 35_000;

/** What to check, and with what. */
export interface DoctorOptions extends LocalInput {
  /** Checks the settings and the files that they name, and nothing else. */
  readonly configOnly: boolean;
  /** The meeting to sync; null for none. */
  readonly meetingId: MeetingId | null;
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Runs the checks one after another, and yields what each came to. Not even a check that throws ends the others. */
export async function* runChecks(options: DoctorOptions): AsyncGenerator<CheckResult> {
  const { env, files, meetingId, clock, now, configOnly } = options;
  const failures = new Map<string, string>();
  const keepFailure = (result: CheckResult): CheckResult => {
    if (result.status === 'failed') failures.set(result.id, result.title);
    return result;
  };
  const run = async <Input>(check: Check<Input>, input: Input): Promise<CheckResult> => {
    const { id, title, needs } = check;
    const cause = needs.map(need => failures.get(need)).find(found => found !== undefined);
    const finding = cause === undefined ? await runInTime(check, input, clock) : notChecked(cause);
    return keepFailure({ id, title, ...finding });
  };

  const { config, finding } = checkSettings(env, files);
  yield keepFailure({ id: 'settings', title: 'Settings', ...finding });
  for (const check of FILE_CHECKS) yield await run(check, options);
  if (configOnly) return;
  for (const check of PROCESS_CHECKS) yield await run(check, options);
  if (config === null) {
    for (const { id, title } of NETWORK_CHECKS) yield { id, title, ...notChecked('Settings') };
    return;
  }
  let calledWithoutKey: Promise<UpstreamCall> | undefined;
  let verifier: TokenVerifier | undefined;
  const input: NetworkInput = {
    env,
    config,
    meetingId,
    clock,
    now,
    callWithoutKey: () =>
      (calledWithoutKey ??= callUpstream({
        config,
        clock,
        now,
        caller: NOBODY,
        id: NIL_ID,
        withoutKey: true,
      })),
    verifier: () => (verifier ??= createTokenVerifier(config, clock)),
  };
  try {
    for (const check of NETWORK_CHECKS) yield await run(check, input);
  } finally {
    verifier?.[Symbol.dispose]();
  }
}

/** As whom the call without a subscription key is made: of the gateway's credentials, without any. */
const NOBODY = createCallerIdentifier()({ subscriptionKey: '', keyFrom: 'gateway', authorization: null });

function notChecked(cause: string): Finding {
  return skipped(`not checked: ${cause} failed`);
}

async function runInTime<Input>(check: Check<Input>, input: Input, clock: Clock): Promise<Finding> {
  const { promise: late, resolve } = Promise.withResolvers<Finding>();
  const cancelTimer = clock.after(CHECK_TIMEOUT, () =>
    resolve(
      failed(`no result within ${CHECK_TIMEOUT / 1000} s`, 'Run it again; if it persists, it hangs there.'),
    ),
  );
  try {
    return await Promise.race([check.run(input), late]);
  } catch (error) {
    // Not its message: that may repeat a value.
    return failed(
      `the check itself failed (${nameOf(error)})`,
      'This is a bug of the doctor: please report it.',
    );
  } finally {
    cancelTimer();
  }
}

function nameOf(error: unknown): string {
  const code = systemCode(error);
  return code !== 'unknown' || !(error instanceof Error) ? code : error.name;
}
