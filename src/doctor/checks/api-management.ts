import type { Check } from '../check.ts';
import { failed, passed } from '../check.ts';
import { describeFailure } from '../describe-failure.ts';
import type { NetworkInput } from '../input.ts';
import { describeContent } from '../response-content.ts';

/** How a Server header may look that is shown. */
const SERVER_NAME = /^[\w./ -]{1,40}$/;

/** Checks that Azure API Management answers: it refuses a call without a subscription key in a way of its own. */
export const apiManagement: Check<NetworkInput> = {
  id: 'api-management',
  title: 'API Management',
  needs: ['dns', 'tcp', 'tls'],
  async run({ callWithoutKey }) {
    const call = await callWithoutKey();
    const { response, rejection } = call;
    if (rejection?.setting === 'UPSTREAM_SUBSCRIPTION_KEY')
      return passed('answers, and refuses a call without a subscription key');
    const isExplained = response === null || response.status >= 500 || rejection?.setting === 'UPSTREAM_URL';
    if (isExplained && call.failure !== null) {
      const sent = { keyVariable: 'UPSTREAM_SUBSCRIPTION_KEY', hasToken: false };
      const { found, advice } = describeFailure(call, sent);
      return failed(found, advice);
    }
    const answer =
      response === null ? 'no response' : `HTTP ${response.status} with ${describeContent(response)}`;
    const name = String(response?.headers['server'] ?? '');
    const server = SERVER_NAME.test(name) ? ` from ${name}` : '';
    return failed(
      `${answer}${server}, where API Management answers 401 to a call without a key`,
      'Correct UPSTREAM_URL: something else answers there, such as a sign-in page, a proxy or another service.',
    );
  },
};
