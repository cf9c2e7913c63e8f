import { expect, test } from 'vitest';
import { estimateHeapBytes, RequestBudget } from '../../src/server/request-budget.ts';

const body = Buffer.from('x'.repeat(100));
const exact = estimateHeapBytes(body);
/** A body of colons alone is the worst of its length. */
const worst = estimateHeapBytes(Buffer.from(':'.repeat(100)));

test.each([
  [8 * worst - 1, exact],
  [8 * worst, worst],
  [8 * worst + 1, worst],
])(
  'of %i free bytes, a body takes %i: the worst of its length while that is at most an eighth',
  (max, taken) => {
    expect(new RequestBudget(max).takeFor(body)).toBe(taken);
  },
);

test('once an eighth is taken, each body takes what it needs, and the budget is as large as before', () => {
  const budget = new RequestBudget(8 * worst);
  expect(budget.takeFor(body)).toBe(worst);
  let bytes = worst;
  for (; bytes + exact <= 8 * worst; bytes += exact) expect(budget.takeFor(body)).toBe(exact);
  expect(budget.takeFor(body)).toBeNull();
  budget.release(exact);
  expect(budget.takeFor(body)).toBe(exact);
});
