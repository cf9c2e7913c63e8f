import { expect, test } from 'vitest';
import { AcceptedCallers, MAX_ACCEPTED } from '../../src/luminus/accepted-callers.ts';

const HALF = MAX_ACCEPTED / 2;

function accept(count: number): AcceptedCallers {
  const accepted = new AcceptedCallers();
  for (let caller = 0; caller < count; caller += 1) accepted.add(`caller ${caller}`);
  return accepted;
}

test.each([
  [HALF - 1, 0],
  [HALF, 0],
  [HALF + 1, 0],
  [MAX_ACCEPTED - 1, 0],
  [MAX_ACCEPTED, 0],
  [MAX_ACCEPTED + 1, HALF],
])('of %i callers that were accepted, the first %i are forgotten', (count, forgotten) => {
  const accepted = accept(count);
  expect(accepted.has('another')).toBe(false);
  expect(accepted.has('caller 0')).toBe(forgotten === 0);
  expect(accepted.has(`caller ${forgotten}`)).toBe(true);
  expect(accepted.has(`caller ${count - 1}`)).toBe(true);
});

test('a caller that is accepted again and again stays known, however many others there are', () => {
  const accepted = new AcceptedCallers();
  for (let caller = 0; caller < 3 * MAX_ACCEPTED; caller += 1) {
    if (caller % 1_000 === 0) accepted.add('regular');
    accepted.add(`caller ${caller}`);
  }
  expect(accepted.has('regular')).toBe(true);
  expect(accepted.has('caller 0')).toBe(false);
});

test('a caller that is accepted many times takes one place', () => {
  const accepted = accept(1);
  for (let time = 0; time < 3 * MAX_ACCEPTED; time += 1) accepted.add('regular');
  expect(accepted.has('caller 0')).toBe(true);
});
