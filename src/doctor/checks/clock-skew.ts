import { CLOCK_TOLERANCE } from '../../auth/token-rules.ts';
import type { Check } from '../check.ts';
import { failed, passed, skipped } from '../check.ts';
import type { NetworkInput } from '../input.ts';

/** A Date header has whole seconds: the time it was written at is up to so many milliseconds later. */
const RESOLUTION = 999;

/** Compares the clock of this machine with the `Date` header of the upstream: tokens expire by it. */
export const clockSkew: Check<NetworkInput> = {
  id: 'clock',
  title: 'Clock',
  needs: ['dns', 'tcp', 'tls', 'api-management'],
  async run({ callWithoutKey }) {
    const { response, startedAt, endedAt } = await callWithoutKey();
    const date = Date.parse(String(response?.headers['date'] ?? ''));
    if (Number.isNaN(date)) return skipped('the response has no Date header');
    const ahead = startedAt - (date + RESOLUTION);
    const behind = date - endedAt;
    const skew = Math.max(ahead, behind, 0);
    const seconds = Math.round(skew / 1000);
    if (skew <= CLOCK_TOLERANCE * 1000)
      return passed(
        seconds === 0 ? 'agrees with that of LumiNUS' : `differs by ${seconds} s from that of LumiNUS`,
      );
    return failed(
      `${seconds} s ${ahead > behind ? 'ahead of' : 'behind'} that of LumiNUS; tokens allow for ${CLOCK_TOLERANCE} s`,
      'Synchronize the clock of this machine (NTP): valid tokens are refused, or expired ones accepted.',
    );
  },
};
