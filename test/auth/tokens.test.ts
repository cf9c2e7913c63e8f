import { describe, expect, it, vi } from 'vitest';
import { CLOCK_TOLERANCE } from '../../src/auth/token-rules.ts';
import { meetingNumber } from '../support/upstream.ts';
import { openWorld } from '../support/world.ts';

const QUERY = `{ syncMeeting(id: "${meetingNumber(1)}") { id } }`;
const NOW = Date.UTC(2026, 10, 23, 2) / 1000;

const base64url = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const jwt = (claims: unknown): string => `${base64url({ alg: 'RS256' })}.${base64url(claims)}.c2lnbmF0dXJl`;

/** Asks with a token at the moment `NOW`. */
async function ask(token: string) {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 });
  try {
    await using world = await openWorld();
    const { errors } = await world.ask(QUERY, {
      headers: { authorization: `Bearer ${token}`, 'ocp-apim-subscription-key': 'sandbox-key' },
    });
    return { error: errors[0], sent: world.sandbox.hits.map(hit => hit.headers.authorization) };
  } finally {
    vi.useRealTimers();
  }
}

it('clocks may differ by 30 s', () => {
  expect(CLOCK_TOLERANCE).toBe(30);
});

it('three parts that are not all base64url are opaque, whatever the second says', async () => {
  const token = `~~~.${base64url({ exp: NOW - 3600 })}.~~~`;
  expect(await ask(token)).toEqual({ error: undefined, sent: [`Bearer ${token}`] });
});

describe('a JWT', () => {
  it.each([3600, 0, -29, -30])('that expires in %i s is passed on', async seconds => {
    const token = jwt({ exp: NOW + seconds });
    expect(await ask(token)).toEqual({ error: undefined, sent: [`Bearer ${token}`] });
  });

  it.each([-31, -3600, -NOW])('that expires in %i s is refused without a call', async seconds => {
    const { error, sent } = await ask(jwt({ exp: NOW + seconds }));
    expect(error?.extensions.code).toBe('UNAUTHENTICATED');
    expect(error?.message).toContain('The token has expired. Sign in again');
    expect(sent).toEqual([]);
  });
});

describe('a token that LumiNUS alone can judge', () => {
  it.each([
    ['an opaque one', 'opaque'],
    ['a JWT that never expires', jwt({ sub: 'a' })],
    ['a JWT whose exp is a text', jwt({ exp: String(NOW - 3600) })],
    ['a JWT whose exp is null', jwt({ exp: null })],
    ['a JWT whose exp is beyond any number', `e30.${base64url('{"exp":1e999}')}.c2ln`],
    ['three parts of no JSON', `${base64url('a')}.${base64url('b')}.${base64url('c')}`],
    ['three parts whose claims are a list', `e30.${base64url([{ exp: 1 }])}.c2ln`],
    ['three parts whose claims are a number', `e30.${base64url('1')}.c2ln`],
    ['three parts of no base64url', 'a+b.c+d.e+f'],
    ['three parts that are deep', `e30.${base64url('['.repeat(2_000))}.c2ln`],
    ['two parts', `e30.${base64url({ exp: 1 })}`],
    ['five parts', `e30.${base64url({ exp: 1 })}.a.b.c`],
    ['only dots', '..'],
  ])('%s is passed on', async (_what, token) => {
    expect(await ask(token)).toEqual({ error: undefined, sent: [`Bearer ${token}`] });
  });
});
