import { expect, test } from 'vitest';
import { createTimestamp } from '../../src/observability/logger.ts';

test('the time of a line is that of its millisecond, in UTC, whatever came before', () => {
  let now = 0;
  const timestamp = createTimestamp(() => now);
  const times = [
    0, 1, 999, 1_000, 1_001, 1_785_000_000_009, 1_785_000_000_099, 1_785_000_000_999, 1_785_000_001_000, 5,
  ];
  for (const time of times) {
    now = time;
    expect(timestamp()).toBe(`,"time":"${new Date(time).toISOString()}"`);
  }
});
