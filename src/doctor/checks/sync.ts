import { readCaller } from '../../auth/credentials.ts';
import { GatewayError } from '../../lib/errors.ts';
import { SignalSource } from '../../lib/signal.ts';
import type { Check, Finding } from '../check.ts';
import { failed, passed, skipped, warning } from '../check.ts';
import type { DoctorCredentials } from '../credentials.ts';
import { readCredentials } from '../credentials.ts';
import { describeFailure } from '../describe-failure.ts';
import { describeFields } from '../describe-fields.ts';
import type { NetworkInput } from '../input.ts';
import { callUpstream } from '../upstream-call.ts';

/** Syncs a meeting as a query does, and tells how each field was read. */
export const sync: Check<NetworkInput> = {
  id: 'sync',
  title: 'Sync',
  needs: ['dns', 'tcp', 'tls', 'api-management', 'subscription-key', 'token'],
  async run({ env, config, meetingId: id, clock, now, verifier }) {
    if (id === null) return skipped('no meeting id was given');
    const credentials = readCredentials(env, config);
    const caller = await readCaller(credentials.rawHeaders, verifier().rules, new SignalSource());
    if (caller instanceof GatewayError) return describeRefusal(caller, credentials);
    const call = await callUpstream({ config, clock, now, caller, id });
    if (call.failure !== null) {
      const { keyVariable, token } = credentials;
      const { found, advice } = describeFailure(call, { keyVariable, hasToken: token !== null });
      return failed(found, advice);
    }
    const retried = call.attempts > 1 ? ', after a retry' : '';
    const took = `a meeting in ${Math.round(call.endedAt - call.startedAt)} ms${retried}`;
    const { isAsDocumented, lines } = describeFields(call.meeting, call.drift);
    if (isAsDocumented) return passed(`${took}, as documented`, lines);
    return warning(
      `${took}; it differs from the documentation of the API`,
      'Compare the fields below with docs/upstream.md: clients get null for what cannot be read.',
      lines,
    );
  },
};

function describeRefusal({ message }: GatewayError, { key, token }: DoctorCredentials): Finding {
  if (key === null)
    return failed(
      'there is no subscription key to call with',
      "Set UPSTREAM_SUBSCRIPTION_KEY, or DOCTOR_SUBSCRIPTION_KEY to a caller's key.",
    );
  if (token === null)
    return failed('there is no token to call with', 'Set DOCTOR_TOKEN to the token of a user of LumiNUS.');
  return failed('the gateway refuses these credentials', message);
}
