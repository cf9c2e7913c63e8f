import { describe, expect, it } from 'vitest';
import { openReplicas } from '../support/replicas.ts';
import { atRate } from '../support/steady-load.ts';
import { mostBeyond } from '../support/threaded-sandbox.ts';
import { meetingNumber } from '../support/upstream.ts';

const countGranted = (codes: readonly (string | null)[]): number =>
  codes.filter(code => code === null).length;

describe('three replicas', () => {
  it('grant a caller at ten times its limit what one would, and another within its limit loses nothing', async () => {
    const [perSecond, burst] = [10, 20];
    await using world = await openReplicas({
      CALLER_MEETINGS_PER_MINUTE: String(60 * perSecond),
      CALLER_BURST: String(burst),
    });
    const askAs = (caller: string) => async (n: number) =>
      (await world.replicas.ask(meetingNumber(n), caller)).code;
    const [flood, other] = await Promise.all([
      atRate(10 * perSecond, 30_000, askAs('flood')),
      atRate(perSecond / 2, 30_000, askAs('other')),
    ]);
    const allowed = (flood.elapsed / 1000) * perSecond + burst;
    expect(countGranted(flood.results) / allowed).toBeGreaterThan(0.98);
    expect(countGranted(flood.results) / allowed).toBeLessThan(1.02);
    expect(new Set(flood.results)).toEqual(new Set([null, 'RATE_LIMITED']));
    expect(countGranted(other.results)).toBe(other.results.length);
  });

  it('keep one pace, and a flood of one caller leaves another its half', async () => {
    const perSecond = 50;
    await using world = await openReplicas({
      UPSTREAM_CALLS_PER_SECOND: String(perSecond),
    });
    const askAs = (caller: string) => (n: number) => world.replicas.ask(meetingNumber(n), caller);
    // Processes that have just started compile their code while they serve, and open their connections.
    await atRate(40, 3_000, askAs('warm-up'));
    const { length: before } = await world.sandbox.arrivals();
    await Promise.all([atRate(150, 10_000, askAs('flood')), atRate(50, 10_000, askAs('other'))]);
    const arrivals = (await world.sandbox.arrivals()).slice(before);
    // A call may be on its way for longer than another: what goes out in 200 ms may arrive at once.
    expect(mostBeyond(arrivals, perSecond, perSecond)).toBeLessThan(0.2 * perSecond);
    const [first] = arrivals;
    if (first === undefined) throw new Error('no call arrived');
    // While both have calls in the queue: after the first second, which is the burst, until the load ends.
    const inTime = arrivals.filter(({ at }) => at > first.at + 1_000 && at < first.at + 10_000);
    expect(inTime.length / (9 * perSecond)).toBeGreaterThan(0.8);
    const other = inTime.filter(({ authorization }) => authorization === 'Bearer other');
    expect(other.length / inTime.length).toBeGreaterThan(0.45);
    expect(other.length / inTime.length).toBeLessThan(0.55);
  });
});
