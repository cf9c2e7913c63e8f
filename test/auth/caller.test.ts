import { expect, it } from 'vitest';
import type { Credentials } from '../../src/auth/caller.ts';
import { createCallerNames } from '../../src/auth/caller.ts';

const CALLER: Credentials = { subscriptionKey: 'key', keyFrom: 'caller', authorization: 'Bearer token' };

/** A token as an issuer makes them: all begin alike, and end in a signature. */
const longToken = (end: string) => `Bearer ${'a'.repeat(1_000)}.${end.padStart(64, 'b')}`;

it.each<[string, Partial<Credentials>]>([
  ['another key', { subscriptionKey: 'other' }],
  ['another token', { authorization: 'Bearer other' }],
  ['no token', { authorization: null }],
])('a caller with %s has another name', (_what, other) => {
  const nameOf = createCallerNames();
  expect(nameOf({ ...CALLER, ...other })).not.toBe(nameOf(CALLER));
});

it('callers whose tokens differ only in their signatures have different names', () => {
  const nameOf = createCallerNames();
  const [a, b] = ['x', 'y'].map(end => nameOf({ ...CALLER, authorization: longToken(end) }));
  expect(a).not.toBe(b);
});

it('a name is short, stays the same, and says nothing to another gateway', () => {
  const nameOf = createCallerNames();
  expect(nameOf(CALLER)).toMatch(/^[0-9a-f]{12}$/);
  expect(nameOf({ ...CALLER })).toBe(nameOf(CALLER));
  expect(createCallerNames()(CALLER)).not.toBe(nameOf(CALLER));
});
