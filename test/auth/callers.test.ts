import { beforeAll, describe, expect, it } from 'vitest';
import { MAX_AUTHORIZATION } from '../../src/auth/credentials.ts';
import { MAX_KEY } from '../../src/lib/header-text.ts';
import { rawHead, sendRaw } from '../support/http.ts';
import { meetingNumber } from '../support/upstream.ts';
import type { World } from '../support/world.ts';
import { openWorld } from '../support/world.ts';

const BODY = JSON.stringify({ query: `{ syncMeeting(id: "${meetingNumber(1)}") { id } }` });
const KEY = 'Ocp-Apim-Subscription-Key: sandbox-key';
const TOKEN = 'Authorization: Bearer token';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  return () => world[Symbol.asyncDispose]();
});

/** Asks for a meeting with these header lines, byte for byte. */
async function ask(...lines: readonly string[]) {
  world.sandbox.clear();
  const head = rawHead('Content-Type: application/json', `Content-Length: ${BODY.length}`, ...lines);
  const { status, text } = await sendRaw(world.gateway.url, head + BODY);
  const { errors = [] } = text === '' ? {} : JSON.parse(text);
  return { status, code: errors[0]?.extensions.code, message: errors[0]?.message, hits: world.sandbox.hits };
}

async function isRefused(...lines: readonly string[]): Promise<string> {
  const { status, code, message, hits } = await ask(...lines);
  expect([status, code, hits.length]).toEqual([200, 'UNAUTHENTICATED', 0]);
  return message;
}

async function isTaken(...lines: readonly string[]): Promise<void> {
  const { status, code, hits } = await ask(...lines);
  expect([status, code, hits.length]).toEqual([200, undefined, 1]);
}

describe('an Authorization header', () => {
  it.each([
    'Bearer token',
    'bearer token',
    'BEARER token',
    'Bearer   token',
    'Bearer aA0-._~+/==',
    'Bearer a.b.c',
    'Bearer =',
  ])('%j', async value => {
    const isToken68 = value !== 'Bearer =';
    if (isToken68) await isTaken(KEY, `Authorization: ${value}`);
    else await isRefused(KEY, `Authorization: ${value}`);
  });

  it.each([
    '',
    'Bearer',
    'token',
    'Basic dXNlcjpwYXNz',
    'Digest username="a"',
    'Bearer a b',
    'Bearer a, Bearer b',
    'Bearer a;b',
    'Bearer "a"',
    'Bearer a=b',
    'Bearertoken',
    'Bearer\ttoken',
    'Bearer tok\u00e9n',
    'Bearer \u00ff',
    'Bearer tok%20en',
    'Bearer {}',
  ])('%j is refused before any call', async value => {
    expect(await isRefused(KEY, `Authorization: ${value}`)).toContain('Authorization: Bearer <token>');
  });

  it.each([
    [TOKEN],
    ['Authorization: Bearer other'],
    ['authorization: Bearer token'],
    ['AUTHORIZATION: Basic x'],
  ])('beside another one (%s) is refused', async other => {
    expect(await isRefused(KEY, TOKEN, other)).toContain('not several');
  });

  it.each([MAX_AUTHORIZATION - 1, MAX_AUTHORIZATION])('of %i characters is taken', length =>
    isTaken(KEY, `Authorization: Bearer ${'t'.repeat(length - 'Bearer '.length)}`),
  );

  it('of one character more is refused', async () => {
    const token = 't'.repeat(MAX_AUTHORIZATION + 1 - 'Bearer '.length);
    expect(await isRefused(KEY, `Authorization: Bearer ${token}`)).toContain('8192 characters');
  });

  it('that is refused is not repeated', async () => {
    expect(await isRefused(KEY, 'Authorization: Basic my-secret')).not.toContain('secret');
  });
});

describe('a subscription key', () => {
  it.each(['sandbox-!"#$%&()*+,-./:;<=>?@[]^_`{|}~', 'sandbox-0'])('%j is taken', key =>
    isTaken(TOKEN, `Ocp-Apim-Subscription-Key: ${key}`),
  );

  it.each(['', 'sandbox key', 'sandbox\tkey', 'sandbox-k\u00e9y', 'sandbox-\u00ff', 'sandbox-a, sandbox b'])(
    '%j is refused before any call',
    async key => {
      expect(await isRefused(TOKEN, `Ocp-Apim-Subscription-Key: ${key}`)).toContain('visible ASCII');
    },
  );

  it.each(['sandbox-key', 'sandbox-other', ''])('beside another one (%j) is refused', async other => {
    expect(await isRefused(TOKEN, KEY, `Ocp-Apim-Subscription-Key: ${other}`)).toContain('not several');
  });

  it.each([MAX_KEY - 1, MAX_KEY])('of %i characters is taken', length =>
    isTaken(TOKEN, `Ocp-Apim-Subscription-Key: ${'sandbox-'.padEnd(length, 'k')}`),
  );

  it('of one character more is refused', () =>
    isRefused(TOKEN, `Ocp-Apim-Subscription-Key: ${'sandbox-'.padEnd(MAX_KEY + 1, 'k')}`));

  it('in the query string is none', async () => {
    const head = rawHead('Content-Type: application/json', `Content-Length: ${BODY.length}`, TOKEN);
    const path = '/graphql?subscription-key=sandbox-key&Ocp-Apim-Subscription-Key=sandbox-key';
    const { text } = await sendRaw(world.gateway.url, head.replace('/graphql', path) + BODY);
    expect(text).toContain('UNAUTHENTICATED');
  });

  it('in a trailer is none', async () => {
    const head = rawHead('Content-Type: application/json', 'Transfer-Encoding: chunked', TOKEN);
    const chunk = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n${KEY}\r\n\r\n`;
    const { text } = await sendRaw(world.gateway.url, head + chunk);
    expect(text).toContain('UNAUTHENTICATED');
  });
});

describe.each(['\0', '\x01', '\x08', '\x1f', '\x7f'])('a header with the control character %j', character => {
  it.each(['Authorization: Bearer to', 'Ocp-Apim-Subscription-Key: sandbox-'])(
    'in %s is refused',
    async line => {
      const { status, code, hits } = await ask(KEY.replace('key', 'other'), `${line}${character}x`);
      expect([200, 400]).toContain(status);
      expect(code).toBe(status === 200 ? 'UNAUTHENTICATED' : 'BAD_REQUEST');
      expect(hits).toHaveLength(0);
    },
  );
});

it('a header cannot be split into two', async () => {
  const { hits } = await ask(KEY, `${TOKEN}\r\nX-Forwarded-For: 1`, 'X-Request-Id: a\rX-Evil: 1');
  expect(hits).toHaveLength(0);
});
