import { createHash } from 'node:crypto';

/**
 * Takes from a rate, atomically: the algorithm of src/lib/rate.ts, by the clock of Redis. It touches one key, which expires
 * when the whole burst is available again.
 *
 * The debt is at least what the replica knows, as Redis may have lost its data. The replica sends it as a time by the clock
 * of Redis, which is right however late the command is executed; it counts for one burst at most, as the clock may be
 * another after a failover.
 *
 * What the replica has granted without Redis is added. All of it may exceed a burst, because the first replica that uses
 * Redis again is granted what the others have not reported yet. It exceeds two bursts only where there are more replicas
 * than the settings say, and a caller does not wait longer for that.
 */
export const TAKE_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local interval, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local known, owed = math.min(tonumber(ARGV[4]) - now, burst * interval), tonumber(ARGV[5])
local stored = math.max(tonumber(redis.call('GET', KEYS[1]) or now) - now, 0)
local debt = math.min(math.max(stored, known) + owed, 2 * burst * interval)
local granted = math.min(wanted, math.max(math.floor(burst - debt / interval + 1e-9), 0))
debt = debt + granted * interval
if debt > stored then
  redis.call('SET', KEYS[1], string.format('%.3f', now + debt), 'PX', math.ceil(debt))
end
return { granted, string.format('%.3f', debt), string.format('%.3f', now + debt) }
`;

/** What Redis knows the script by. */
export const TAKE_SCRIPT_HASH = createHash('sha1').update(TAKE_SCRIPT).digest('hex');
