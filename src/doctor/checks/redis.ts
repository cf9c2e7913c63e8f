import { createObserver } from '../../observability/create-observer.ts';
import type { Check } from '../check.ts';
import { failed, passed, skipped } from '../check.ts';
import { endpointOf } from '../endpoint.ts';
import type { NetworkInput } from '../input.ts';
import { NO_LOG } from '../no-log.ts';

/** What to do, by the reason for which Redis cannot be used. */
const ADVICE: Readonly<Record<string, string>> = {
  WRONGPASS: 'Correct the user and the password in REDIS_URL.',
  NOAUTH: 'Give REDIS_URL the user and the password that Redis requires.',
  NOPERM: 'Allow the user of REDIS_URL the commands GET, SET, TIME, EVALSHA, SCRIPT, PUBLISH and SUBSCRIBE.',
  READONLY: 'REDIS_URL names a replica that is read-only: name the primary.',
  OOM: 'Redis has no memory left: raise its maxmemory, or free some.',
};

const CANNOT_BE_REACHED =
  'Correct REDIS_URL, or have Redis started: without it, each replica goes on with its own part of the limits.';

/** Checks that the Redis by which replicas share their limits can be used: it is asked to write a key, as a gateway does. */
export const redis: Check<NetworkInput> = {
  id: 'redis',
  title: 'Redis',
  needs: [],
  async run({ config, clock }) {
    const { REDIS_URL: url, REDIS_PREFIX: prefix } = config;
    if (url === null) return skipped('REDIS_URL is not set: limits are those of one process');
    const { label } = endpointOf(url);
    const { promise, resolve } = Promise.withResolvers<string | null>();
    const observer = createObserver([{ redisChanged: ({ reason }) => resolve(reason) }], NO_LOG);
    // Loaded where it is needed, as the gateway does.
    const { RedisLink } = await import('../../redis/link.ts');
    await using link = new RedisLink({ url, prefix }, clock, observer);
    await link.started();
    resolve('timeout');
    const reason = await promise;
    if (reason === null) return passed(`${label} accepts commands`);
    return failed(`${label} cannot be used (${reason})`, ADVICE[reason] ?? CANNOT_BE_REACHED);
  },
};
