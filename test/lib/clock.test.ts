import { expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';

it('what is cancelled does not run by the clock of the system', async () => {
  const ran: string[] = [];
  const cancel = systemClock.after(1, () => ran.push('cancelled'));
  cancel();
  await new Promise<void>(resolve => {
    systemClock.after(2, () => {
      ran.push('after it');
      resolve();
    });
  });
  expect(ran).toEqual(['after it']);
});
