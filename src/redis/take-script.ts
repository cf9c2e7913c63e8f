import { createHash } from 'node:crypto';

/**
 * Takes from a rate, atomically: the algorithm of src/lib/rate.ts, by the clock of Redis. It touches one key, which expires
 * when the whole burst is available again. The debt is at least what the replica knows, as Redis may have lost its data,
 * and what the replica has granted without Redis is added.
 */
export const TAKE_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local interval, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local known, owed = tonumber(ARGV[4]), tonumber(ARGV[5])
local stored = math.max(tonumber(redis.call('GET', KEYS[1]) or now) - now, 0)
local debt = math.min(math.max(stored, known) + owed, burst * interval)
local granted = math.min(wanted, math.max(math.floor(burst - debt / interval + 1e-9), 0))
debt = debt + granted * interval
if debt > stored then
  redis.call('SET', KEYS[1], string.format('%.3f', now + debt), 'PX', math.ceil(debt))
end
return { granted, string.format('%.3f', debt) }
`;

/** What Redis knows the script by. */
export const TAKE_SCRIPT_HASH = createHash('sha1').update(TAKE_SCRIPT).digest('hex');
