import { decimal, integer, optional, redisUrl, secret, setting, visibleAscii } from '../values.ts';

/** Fewest characters of a secret that ids of callers are made with. */
const MIN_SECRET = 32;

/** Settings of limits over time, and of the Redis by which replicas share them. */
export const limitSettings = {
  CALLER_MEETINGS_PER_MINUTE: setting(
    '0',
    'Most different meetings that one caller may ask for in a minute, in the long run; 0 for no limit.',
    integer(0, 1_000_000),
  ),
  CALLER_BURST: setting(
    '100',
    'Most different meetings that one caller may ask for at once, where CALLER_MEETINGS_PER_MINUTE is set.',
    integer(1, 1_000_000),
  ),
  UPSTREAM_CALLS_PER_SECOND: setting(
    '0',
    'Most calls to LumiNUS in a second, in the long run, retries included; further ones are queued. 0 for no limit.',
    decimal(0, 100_000),
  ),
  UPSTREAM_BURST: optional(
    "Most calls to LumiNUS at once, where UPSTREAM_CALLS_PER_SECOND is set. By default one second's worth.",
    integer(1, 100_000),
  ),
  REDIS_URL: secret(
    'URL of the Redis by which replicas share limits and holds: redis: or rediss:, with user and password. Without it each process has its own.',
    redisUrl,
  ),
  REDIS_PREFIX: setting(
    'luminus-zoom-gateway:',
    'What the names of all keys and channels in Redis begin with.',
    visibleAscii(100),
  ),
  CALLER_ID_SECRET: secret(
    `At least ${MIN_SECRET} characters from which the ids of callers are made; the same for all replicas, and required with REDIS_URL.`,
    text => {
      if (text.length >= MIN_SECRET && text.length <= 1024) return text;
      throw `${MIN_SECRET} to 1024 characters`;
    },
  ),
  REPLICAS: setting(
    '1',
    'How many replicas share a Redis: while it cannot be used, each goes on with this part of the limits.',
    integer(1, 1000),
  ),
} as const;
