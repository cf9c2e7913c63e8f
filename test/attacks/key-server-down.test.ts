import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { MAX_JWKS_BYTES } from '../../src/auth/fetch-jwks.ts';
import { MAX_AGE } from '../../src/auth/jwks.ts';
import { createManualClock } from '../support/clock.ts';
import type { Signer } from '../support/key-server.ts';
import { createSigner, hang, openChecked, publish, reply, sign } from '../support/key-server.ts';

const COOLDOWN = 5_000;
const REFRESH_AFTER = 10 * 60_000;
const TIMEOUT = 5_000;

let known: Signer;
let unknown: Signer;
let token: string;
let unknownToken: string;
beforeAll(async () => {
  [known, unknown] = await Promise.all([createSigner('ES256'), createSigner('ES256')]);
  [token, unknownToken] = await Promise.all([sign(known), sign(unknown)]);
});

const unavailable = (retryAfter: number) =>
  expect.objectContaining({
    path: ['syncMeeting'],
    extensions: expect.objectContaining({ code: 'KEYS_UNAVAILABLE', retryable: true, retryAfter }),
  });

const FAILING = reply(503, 'down for maintenance');

/** A gateway whose time stands still, and what it has logged of its key server. */
async function open(listener: RequestListener) {
  const clock = createManualClock();
  const checked = await openChecked(listener, { clock });
  const logged = () =>
    checked.world.lines
      .filter(({ fields }) => fields['setting'] === 'JWT_JWKS_URL')
      .map(({ level, fields: { reason } }) => (typeof reason === 'string' ? `${level}: ${reason}` : level));
  return { ...checked, clock, logged };
}

describe('a key server that is down from the start', () => {
  it('is not the fault of a token, and is asked once each five seconds, however many tokens come', async () => {
    await using world = await open(FAILING);
    const refusals = await Promise.all(Array.from({ length: 20 }, () => world.refusalOf(token)));
    expect(refusals).toEqual(refusals.map(() => unavailable(5)));
    world.clock.advance(COOLDOWN - 1);
    expect(await world.refusalOf(unknownToken)).toEqual(unavailable(1));
    expect(world.keyServer.fetches()).toBe(1);
    world.clock.advance(1);
    expect(await world.refusalOf(token)).toEqual(unavailable(5));
    expect(world.keyServer.fetches()).toBe(2);
  });

  it('is logged as one error for each outage, which names the setting, and so is its end', async () => {
    await using world = await open(FAILING);
    for (let n = 0; n < 3; n += 1) {
      await world.refusalOf(token);
      world.clock.advance(COOLDOWN);
    }
    expect([world.keyServer.fetches(), world.logged()]).toEqual([3, ['error: status 503']]);
    world.keyServer.answer(publish([known.jwk]));
    expect(await world.refusalOf(token)).toBeNull();
    expect(world.logged()).toEqual(['error: status 503', 'info']);
    world.keyServer.answer(FAILING);
    world.clock.advance(COOLDOWN);
    expect(await world.refusalOf(unknownToken)).toEqual(unavailable(5));
    expect(world.logged()).toEqual(['error: status 503', 'info', 'error: status 503']);
  });

  it('is given up when it hangs, and serves again once it is back', async () => {
    await using world = await open(hang);
    const refusal = world.refusalOf(token);
    await world.keyServer.asked(1);
    world.clock.advance(TIMEOUT);
    expect(await refusal).toEqual(unavailable(5));
    expect(world.logged()).toEqual(['error: no answer in time']);
    world.keyServer.answer(publish([known.jwk]));
    expect(await world.refusalOf(token)).toEqual(unavailable(5));
    world.clock.advance(COOLDOWN);
    expect(await world.refusalOf(token)).toBeNull();
  });

  it('hangs for longer than a request has time: the request is refused at its deadline', async () => {
    const clock = createManualClock();
    await using world = await openChecked(hang, {
      env: { REQUEST_TIMEOUT_MS: '300', UPSTREAM_ATTEMPT_TIMEOUT_MS: '200' },
      clock,
    });
    const refusal = world.refusalOf(token);
    await world.keyServer.asked(1);
    clock.advance(300);
    expect((await refusal)?.extensions).toMatchObject({ code: 'KEYS_UNAVAILABLE', retryable: true });
  });

  it('writes no token and no key into the log', async () => {
    await using world = await open(FAILING);
    await world.refusalOf(token);
    const text = JSON.stringify(world.world.lines);
    expect(text).toContain('KEYS_UNAVAILABLE');
    for (const secret of [...token.split('.'), known.jwk.x]) expect(text).not.toContain(secret);
  });
});

describe('a key server that goes down', () => {
  it('holds up no token whose key is known, and makes one with an unknown key KEYS_UNAVAILABLE', async () => {
    await using world = await open(publish([known.jwk]));
    expect(await world.refusalOf(token)).toBeNull();
    world.keyServer.answer(FAILING);
    world.clock.advance(COOLDOWN);
    expect(await world.refusalOf(unknownToken)).toEqual(unavailable(5));
    for (let n = 0; n < 3; n += 1) {
      expect(await world.refusalOf(token)).toBeNull();
      expect(await world.refusalOf(unknownToken)).toEqual(unavailable(5));
    }
    expect(world.keyServer.fetches()).toBe(2);
  });

  it.each([
    [-1, true],
    [0, true],
    [1, false],
  ])('leaves the keys that were fetched usable for 70 minutes, and %i ms', async (beyond, isUsable) => {
    expect(MAX_AGE).toBe(70 * 60_000);
    await using world = await open(publish([known.jwk]));
    expect(await world.refusalOf(token)).toBeNull();
    world.keyServer.answer(FAILING);
    world.clock.advance(MAX_AGE + beyond);
    expect(await world.refusalOf(token)).toEqual(isUsable ? null : unavailable(5));
    expect(world.logged()).toEqual(['error: status 503']);
  });

  it('is asked once each five seconds when the keys are old, and holds up nobody meanwhile', async () => {
    await using world = await open(publish([known.jwk]));
    expect(await world.refusalOf(token)).toBeNull();
    world.keyServer.answer(hang);
    world.clock.advance(REFRESH_AFTER);
    // The first refresh is waited for, a fifth of the time a fetch may take: the key may have been withdrawn.
    const first = world.refusalOf(token);
    await world.keyServer.asked(1);
    await world.clock.awaited(TIMEOUT / 5);
    world.clock.advance(TIMEOUT / 5);
    expect(await first).toBeNull();
    const failed = world.world.logged('the keys that sign tokens cannot be fetched', 1);
    world.clock.advance(TIMEOUT);
    await failed;
    for (const passing of [0, COOLDOWN - 1, 1, 0]) {
      world.clock.advance(passing);
      expect(await world.refusalOf(token)).toBeNull();
    }
    await world.keyServer.asked(3);
    expect([world.keyServer.fetches(), world.logged()]).toEqual([3, ['error: no answer in time']]);
  });
});

describe('an answer of the key server', () => {
  const setOfBytes = (bytes: number): string => {
    const [start, end] = [`{"keys":[${JSON.stringify(known.jwk)}],"x":"`, '"}'];
    return `${start}${'x'.repeat(bytes - start.length - end.length)}${end}`;
  };
  const inGzip = (text: string): RequestListener => {
    const compressed = gzipSync(text);
    return (_request, response) => void response.setHeader('content-encoding', 'gzip').end(compressed);
  };

  it.each([
    [-1, true],
    [0, true],
    [1, false],
  ])('is read up to 64 KiB, and %i bytes', async (beyond, isRead) => {
    expect(MAX_JWKS_BYTES).toBe(64 * 1024);
    const text = setOfBytes(MAX_JWKS_BYTES + beyond);
    for (const listener of [reply(200, text), inGzip(text)]) {
      await using world = await open(listener);
      expect(await world.refusalOf(token)).toEqual(isRead ? null : unavailable(5));
      expect(world.logged()).toEqual(isRead ? [] : ['error: larger than 65536 bytes']);
    }
  });

  it('that never ends is cut', async () => {
    const cut = Promise.withResolvers<void>();
    await using world = await open((_request, response) => {
      response.on('close', cut.resolve);
      const write = (): void => {
        while (response.write(Buffer.alloc(16_384, ' ')));
      };
      response.on('drain', write);
      write();
    });
    expect(await world.refusalOf(token)).toEqual(unavailable(5));
    await cut.promise;
  });

  it.each<[string, RequestListener, string]>([
    ['404', reply(404, '{}'), 'status 404'],
    ['a redirect, which is not followed', reply(302, '', { location: '/other' }), 'status 302'],
    ['another success', reply(204, ''), 'status 204'],
    ['a page', reply(200, '<!doctype html>'), 'not JSON'],
    ['nothing', reply(200, ''), 'not JSON'],
    ['other JSON', reply(200, '{"keys":1}'), 'not a JSON Web Key Set'],
    ['null', reply(200, 'null'), 'not a JSON Web Key Set'],
    ['a set without keys', publish([]), 'not a JSON Web Key Set'],
    ['a closed connection', (_request, response) => void response.destroy(), 'no answer: UND_ERR_SOCKET'],
  ])('that is %s is none', async (_what, listener, reason) => {
    await using world = await open(listener);
    expect(await world.refusalOf(token)).toEqual(unavailable(5));
    expect([world.keyServer.fetches(), world.logged()]).toEqual([1, [`error: ${reason}`]]);
  });

  it('that has no keys any more leaves those of before in use, and is an outage in the log', async () => {
    await using world = await open(publish([known.jwk]));
    expect(await world.refusalOf(token)).toBeNull();
    world.keyServer.answer(publish([]));
    world.clock.advance(REFRESH_AFTER);
    expect(await world.refusalOf(token)).toBeNull();
    expect(await world.refusalOf(unknownToken)).toEqual(unavailable(5));
    expect([world.keyServer.fetches(), world.logged()]).toEqual([2, ['error: not a JSON Web Key Set']]);
  });

  it('with several keys of one kid that are all broken is no fault of the token', async () => {
    const broken = { ...unknown.jwk, x: 'AA', y: 'AA' };
    await using world = await open(publish([broken, broken]));
    expect(await world.refusalOf(unknownToken)).toEqual(unavailable(5));
    expect([world.keyServer.fetches(), world.logged()]).toEqual([1, ['error']]);
  });

  it('with a key that is broken is logged once, and costs the tokens of that key alone', async () => {
    const broken = { ...unknown.jwk, x: 'AA', y: 'AA' };
    await using world = await open(publish([broken, known.jwk]));
    for (let n = 0; n < 3; n += 1) {
      expect(await world.refusalOf(unknownToken)).toEqual(unavailable(5));
      expect(await world.refusalOf(token)).toBeNull();
    }
    expect([world.keyServer.fetches(), world.logged()]).toEqual([1, ['error']]);
  });
});
