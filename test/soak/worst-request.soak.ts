import fc from 'fast-check';
import { it } from 'vitest';
import { attacks } from '../attacks/generator.ts';
import { expectBearable, openTarget } from '../attacks/measure.ts';

it('no request of thousands that can be thought of costs much', async () => {
  await using world = await openTarget();
  await fc.assert(
    fc.asyncProperty(attacks, attack => expectBearable(world, attack)),
    { numRuns: 3_000, endOnFailure: true },
  );
});
