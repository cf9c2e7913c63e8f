import { expect, it } from 'vitest';
import type { Credentials } from '../../src/auth/caller.ts';
import { createCallerIdentifier } from '../../src/auth/caller.ts';

const CALLER: Credentials = { subscriptionKey: 'key', keyFrom: 'caller', authorization: 'Bearer token' };

/** A token as an issuer makes them: all begin alike, and end in a signature. */
const longToken = (end: string) => `Bearer ${'a'.repeat(1_000)}.${end.padStart(64, 'b')}`;

it.each<[string, Partial<Credentials>]>([
  ['another key', { subscriptionKey: 'other' }],
  ['another token', { authorization: 'Bearer other' }],
  ['no token', { authorization: null }],
])('a caller with %s has another id', (_what, other) => {
  const identify = createCallerIdentifier();
  expect(identify({ ...CALLER, ...other }).id).not.toBe(identify(CALLER).id);
});

/** Of each credential another value: one that is missing here does not compile. */
const OTHERS: Credentials = { subscriptionKey: 'other', keyFrom: 'gateway', authorization: 'Bearer other' };

it.each(Object.entries(OTHERS))('a caller with another %s shares no calls', (name, value) => {
  const identify = createCallerIdentifier();
  expect(identify({ ...CALLER, [name]: value }).key).not.toBe(identify(CALLER).key);
});

it('callers whose tokens differ only in their signatures have different ids', () => {
  const identify = createCallerIdentifier();
  const [a, b] = ['x', 'y'].map(end => identify({ ...CALLER, authorization: longToken(end) }).id);
  expect(a).not.toBe(b);
});

it('an id is short, stays the same, and says nothing to another gateway', () => {
  const identify = createCallerIdentifier();
  expect(identify(CALLER).id).toMatch(/^[0-9a-f]{12}$/);
  expect(identify({ ...CALLER }).id).toBe(identify(CALLER).id);
  expect(createCallerIdentifier()(CALLER).id).not.toBe(identify(CALLER).id);
});
