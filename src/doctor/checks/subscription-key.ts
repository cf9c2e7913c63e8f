import type { ErrorCode } from '../../lib/errors.ts';
import type { Check } from '../check.ts';
import { failed, passed, skipped } from '../check.ts';
import { readCredentials } from '../credentials.ts';
import { describeFailure } from '../describe-failure.ts';
import type { NetworkInput } from '../input.ts';
import { NIL_ID } from '../nil-id.ts';
import { callUpstream } from '../upstream-call.ts';

/** Failures of a call that API Management has let through: what is missing is the token, or a meeting with the nil id. */
const BEHIND_THE_KEY: ReadonlySet<ErrorCode> = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'UPSTREAM_BAD_REQUEST',
]);

/** Checks that API Management accepts the subscription key, by a call for the nil id without a token. */
export const subscriptionKey: Check<NetworkInput> = {
  id: 'subscription-key',
  title: 'Subscription key',
  needs: ['dns', 'tcp', 'tls', 'api-management'],
  async run({ env, config, clock, now, verifier }) {
    const { key, keyVariable } = readCredentials(env, config);
    if (key === null) return skipped('UPSTREAM_SUBSCRIPTION_KEY is not set: callers send their own keys');
    const caller = verifier().rules.identify({
      subscriptionKey: key,
      keyFrom: 'gateway',
      authorization: null,
    });
    const call = await callUpstream({ config, clock, now, caller, id: NIL_ID });
    const { failure } = call;
    if (failure === null || BEHIND_THE_KEY.has(failure.code)) return passed(`${keyVariable} is accepted`);
    const { found, advice } = describeFailure(call, { keyVariable, hasToken: false });
    return failed(found, advice);
  },
};
