import { expect, test } from 'vitest';
import { ROOT, startArguments } from '../../bench/checkout.ts';
import { readOptions } from '../../bench/options.ts';
import { median, quartiles } from '../../bench/stats.ts';
import packageJson from '../../package.json' with { type: 'json' };

test('the median and the quartiles of ratios are interpolated between neighbours', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quartiles([5, 4, 3, 2, 1])).toEqual([2, 4]);
  expect(quartiles([1, 2])).toEqual([1.25, 1.75]);
  expect(quartiles([7])).toEqual([7, 7]);
});

test('a checkout is started with the options of its own start script', () => {
  expect(`exec node ${startArguments(ROOT).join(' ')}`).toBe(packageJson.scripts.start);
});

test('two checkouts are compared by the workloads that measure CPU time, several refs at once', () => {
  expect(readOptions(['--compare', 'main,v1']).comparison).toMatchObject({
    refs: ['main', 'v1'],
    workloads: ['a', 'b', 'h'],
    nodeArgs: null,
  });
  const { comparison } = readOptions(['--compare=main', '--only=h', '--windows=9', '--node-args=--a --b']);
  expect(comparison).toMatchObject({ workloads: ['h'], windows: 9, nodeArgs: ['--a', '--b'] });
  expect(readOptions([]).comparison).toBeNull();
});

test.each([
  [['--compare', 'main', '--only', 'c'], '--only takes a, b, h; not c'],
  [['--compare', 'main', '--windows', '0'], '--windows takes a number from 1, not 0'],
  [['--compare', 'main', '--restarts', 'x'], '--restarts takes a number from 1, not x'],
])('%j is refused: %s', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
