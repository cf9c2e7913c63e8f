import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Dialect } from '../request.ts';
import { newIds, operation } from '../request.ts';
import { quantile } from '../stats.ts';
import { newCaller } from '../upstream/caller.ts';

/**
 * Constant-rate load in a process of its own: requests leave by the clock, whether or not earlier ones were answered.
 * Arguments: origin, dialect or "direct", requests a second, seconds. Writes p50 and p99 in milliseconds as JSON.
 *
 * Latency runs from the moment a request is handed to its connection: the clock of setTimeout is no finer than a
 * millisecond, and its lateness is this process's, not the server's.
 */
const [origin = '', target = '', rateText, secondsText] = process.argv.slice(2);
const rate = Number(rateText);
const seconds = Number(secondsText);

/** Seconds at the start that do not count: this process has to warm up too. */
const UNTIMED = 1;

// More connections than requests are ever open, so that none waits in here.
const pool = new Pool(origin, { connections: 256, pipelining: 1, allowH2: false });
const latencies: number[] = [];
let faults = 0;
let open = 0;

function requestFor(dialect: string) {
  const [id = ''] = newIds(1);
  // Only the three names of dialects arrive here; run.ts passes them.
  const { headers, body } = operation(
    dialect === 'direct' ? 'limit' : (dialect as Dialect),
    [id],
    newCaller(),
  );
  if (dialect !== 'direct') return { method: 'POST', path: '/graphql', headers, body } as const;
  return { method: 'GET', path: `/zoom/Meeting/${id}/Sync`, headers } as const;
}

async function send(counts: boolean): Promise<void> {
  open += 1;
  const request = requestFor(target);
  const from = performance.now();
  try {
    const { statusCode, body } = await pool.request(request);
    const text = await body.text();
    if (counts) latencies.push(performance.now() - from);
    if (statusCode !== 200 || text.includes('"errors":')) faults += 1;
  } catch {
    faults += 1;
  }
  open -= 1;
}

const start = performance.now();
for (let sent = 0; ; ) {
  const elapsed = (performance.now() - start) / 1000;
  if (elapsed > seconds + UNTIMED) break;
  for (; sent < elapsed * rate; sent += 1) void send(elapsed > UNTIMED);
  await sleep(1);
}
for (let waits = 0; open > 0 && waits < 1000; waits += 1) await sleep(10);
process.stdout.write(
  JSON.stringify({
    count: latencies.length,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    faults: faults + open,
  }),
);
await pool.destroy();
