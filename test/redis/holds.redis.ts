import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { openReplicas, REPLICAS } from '../support/replicas.ts';
import { meetingNumber } from '../support/upstream.ts';

/** The scenario of the sandbox that limits a caller. */
const LIMIT_BY_CALLER = 652;

it('a hold that one replica has learned is kept by all of them within 100 ms', async () => {
  await using world = await openReplicas();
  const { sandbox, replicas } = world;
  for (let n = 0; n < 10; n += 1) {
    const caller = `caller-${n}`;
    const refused = await replicas.ask(scenarioId(LIMIT_BY_CALLER), caller, n % REPLICAS);
    expect(refused.code).toBe('UPSTREAM_RATE_LIMITED');
    await delay(100);
    const { length: before } = await sandbox.arrivals();
    for (let replica = 0; replica < REPLICAS; replica += 1) {
      const { code } = await replicas.ask(meetingNumber(2), caller, replica);
      expect(code).toBe('UPSTREAM_RATE_LIMITED');
    }
    expect(await sandbox.arrivals()).toHaveLength(before);
  }
});
