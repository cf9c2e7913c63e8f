import { expect, it } from 'vitest';
import type { CheckResult } from '../../src/doctor/check.ts';
import { failed, passed, skipped, warning } from '../../src/doctor/check.ts';
import { formatJson, formatResult, formatSummary, isWell } from '../../src/doctor/format.ts';

const WELL: CheckResult[] = [
  { id: 'settings', title: 'Settings', ...passed('4 variables are set', ['PORT']) },
  { id: 'clock', title: 'Clock', ...warning('It is 3 s behind', 'Synchronize it') },
];
const BROKEN: CheckResult[] = [
  ...WELL,
  { id: 'tcp', title: 'TCP', ...failed('The connection is refused', 'Correct UPSTREAM_URL') },
  { id: 'tls', title: 'TLS', ...skipped('TCP failed') },
  { id: 'key', title: 'Key', ...failed('It is refused', 'Correct the key') },
];

it('a result is one line with its advice, and one more for each detail', () => {
  expect(BROKEN.map(formatResult)).toEqual([
    '✓ Settings         4 variables are set\n    PORT\n',
    '! Clock            It is 3 s behind. Synchronize it\n',
    '✗ TCP              The connection is refused. Correct UPSTREAM_URL\n',
    '– TLS              TCP failed\n',
    '✗ Key              It is refused. Correct the key\n',
  ]);
});

it('the summary names the first failure, which is to be corrected first', () => {
  expect(formatSummary(WELL)).toBe('1 passed, 1 to look at, 0 failed, 0 skipped.\n');
  expect(formatSummary(BROKEN)).toBe('1 passed, 1 to look at, 2 failed, 1 skipped. Correct TCP first.\n');
});

it.each([
  [WELL, true],
  [BROKEN, false],
])('machines get all results, and whether one failed', (results, ok) => {
  expect(JSON.parse(formatJson(results))).toEqual({ ok, checks: results });
  expect(isWell(results)).toBe(ok);
});
