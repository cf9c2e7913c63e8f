import { expect, it } from 'vitest';
import { runOnNextTick } from '../../src/lib/next-tick.ts';

const turn = () => new Promise<void>(resolve => runOnNextTick(resolve));

it('what waits runs together, before what follows from any of it', async () => {
  const order: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    runOnNextTick(() => {
      order.push(`${name} begins`);
      void Promise.resolve().then(() => order.push(`${name} goes on`));
    });
  }
  expect(order).toEqual([]);
  await turn();
  expect(order).toEqual(['a begins', 'b begins', 'c begins', 'a goes on', 'b goes on', 'c goes on']);
});

it('what is added by what runs waits for the next turn', async () => {
  const order: string[] = [];
  runOnNextTick(() => {
    order.push('first');
    runOnNextTick(() => order.push('second'));
  });
  await turn();
  expect(order).toEqual(['first']);
  await turn();
  expect(order).toEqual(['first', 'second']);
});
