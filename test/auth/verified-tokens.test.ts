import { describe, expect, it } from 'vitest';
import { REFRESH_AFTER } from '../../src/auth/jwks.ts';
import { createSignatureCheck } from '../../src/auth/signature.ts';
import { MAX_VERIFIED_AGE, MAX_VERIFIED_TOKENS, VerifiedTokens } from '../../src/auth/verified-tokens.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { GatewayError } from '../../src/lib/errors.ts';
import { SignalSource } from '../../src/lib/signal.ts';
import { createManualClock } from '../support/clock.ts';
import {
  AUDIENCE,
  createSigner,
  ISSUER,
  openChecked,
  publish,
  reply,
  sign,
  startKeyServer,
} from '../support/key-server.ts';
import { createMemoryLog } from '../support/log.ts';

const KEYS = {};
const NOW = { elapsed: 1_000, epoch: 1_785_000_000_000 };
const IN_A_DAY = NOW.epoch + 24 * 3_600_000;

function later(milliseconds: number) {
  return { elapsed: NOW.elapsed + milliseconds, epoch: NOW.epoch + milliseconds };
}

describe('a verified token is kept', () => {
  it.each([
    [MAX_VERIFIED_AGE - 1, true],
    [MAX_VERIFIED_AGE, false],
    [MAX_VERIFIED_AGE + 1, false],
  ])('for five minutes: after %i ms, %s', (milliseconds, isKept) => {
    const tokens = new VerifiedTokens();
    tokens.add('token', KEYS, 'subject', IN_A_DAY, NOW);
    expect(tokens.find('token', KEYS, later(milliseconds))?.subject).toBe(isKept ? 'subject' : undefined);
  });

  it.each([
    [59_999, true],
    [60_000, false],
    [60_001, false],
  ])('until it expires: after %i of 60,000 ms, %s', (milliseconds, isKept) => {
    const tokens = new VerifiedTokens();
    tokens.add('token', KEYS, 'subject', NOW.epoch + 60_000, NOW);
    expect(tokens.find('token', KEYS, later(milliseconds)) !== null).toBe(isKept);
  });

  it('no longer than five minutes, also where the time of day is set back', () => {
    const tokens = new VerifiedTokens();
    tokens.add('token', KEYS, 'subject', IN_A_DAY, NOW);
    const setBack = { elapsed: NOW.elapsed + MAX_VERIFIED_AGE, epoch: NOW.epoch - 3_600_000 };
    expect(tokens.find('token', KEYS, setBack)).toBeNull();
  });

  it.each([
    [MAX_VERIFIED_TOKENS - 1, true],
    [MAX_VERIFIED_TOKENS, true],
    [MAX_VERIFIED_TOKENS + 1, false],
  ])('while there are no more than 10,000: of %i, the first is known: %s', (count, isKept) => {
    const tokens = new VerifiedTokens();
    for (let n = 0; n < count; n += 1) tokens.add(`token ${n}`, KEYS, `subject ${n}`, IN_A_DAY, NOW);
    expect(tokens.find('token 0', KEYS, NOW) !== null).toBe(isKept);
    expect(tokens.find(`token ${count - 1}`, KEYS, NOW)?.subject).toBe(`subject ${count - 1}`);
  });

  it('until the keys change', () => {
    const tokens = new VerifiedTokens();
    tokens.add('old', KEYS, 'subject', IN_A_DAY, NOW);
    const others = {};
    expect(tokens.find('old', others, NOW)).toBeNull();
    tokens.add('new', others, 'subject', IN_A_DAY, NOW);
    expect(tokens.find('new', others, NOW)).not.toBeNull();
    // Keys that come back are other keys: what was forgotten stays so.
    expect(tokens.find('old', KEYS, NOW)).toBeNull();
    expect(tokens.find('old', others, NOW)).toBeNull();
  });
});

it('a forged token never finds the entry of another, whichever of its characters differs', () => {
  const tokens = new VerifiedTokens();
  const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl';
  tokens.add(token, KEYS, 'ann', IN_A_DAY, NOW);
  for (let at = 0; at < token.length; at += 1) {
    const forged = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
    expect(tokens.find(forged, KEYS, NOW)).toBeNull();
  }
  for (const forged of [`${token}A`, token.slice(0, -1), `${token}.`, ` ${token}`, token.toLowerCase()]) {
    expect(tokens.find(forged, KEYS, NOW)).toBeNull();
  }
  expect(tokens.find(token, KEYS, NOW)?.subject).toBe('ann');
});

it('a token is verified once: afterwards the check answers at once', async () => {
  const signer = await createSigner('RS256');
  await using keyServer = await startKeyServer(publish([signer.jwk]));
  const rules = { jwksUrl: new URL(keyServer.url), issuer: ISSUER, audience: AUDIENCE, keysTimeout: 5_000 };
  const { observer } = createMemoryLog();
  const { checkToken, keysFetched } = createSignatureCheck(rules.jwksUrl, {
    rules,
    now: Date.now,
    clock: systemClock,
    observer,
    stopped: new SignalSource(),
  });
  await keysFetched;
  const token = await sign(signer, { sub: 'ann' });
  const first = checkToken(token);
  expect(first).toBeInstanceOf(Promise);
  const checked = await first;
  expect(checked).toEqual({ subject: JSON.stringify([ISSUER, 'ann']) });
  expect(checkToken(token)).toHaveProperty('subject', JSON.stringify([ISSUER, 'ann']));
  const bad = await sign(signer, { aud: 'others' });
  for (let time = 0; time < 2; time += 1) {
    const refused = checkToken(bad);
    expect(refused).toBeInstanceOf(Promise);
    expect(await refused).toBeInstanceOf(GatewayError);
  }
});

describe('over HTTP', () => {
  it('the claims of a verified token under another signature are refused, before and after', async () => {
    const [ours, attackers] = await Promise.all([createSigner('RS256'), createSigner('RS256')]);
    await using checked = await openChecked(publish([ours.jwk]));
    const token = await sign(ours, { sub: 'ann' });
    const forged = await sign({ ...attackers, kid: ours.kid }, { sub: 'ann' });
    const spliced = `${token.slice(0, token.lastIndexOf('.'))}${forged.slice(forged.lastIndexOf('.'))}`;
    for (const each of [token, forged, spliced, token, forged, spliced]) {
      expect((await checked.refusalOf(each))?.extensions.code ?? null).toBe(
        each === token ? null : 'UNAUTHENTICATED',
      );
    }
  });

  it('a token whose key was withdrawn is refused once the keys are fetched again, and not after five minutes more', async () => {
    const clock = createManualClock();
    const [old, next] = await Promise.all([createSigner('ES256'), createSigner('ES256')]);
    await using checked = await openChecked(publish([old.jwk]), { clock });
    const token = await sign(old);
    expect(await checked.refusalOf(token)).toBeNull();
    checked.keyServer.answer(publish([next.jwk]));
    clock.advance(REFRESH_AFTER - 1);
    // Verified again just before: its entry would last for five minutes.
    expect(await checked.refusalOf(token)).toBeNull();
    expect(await checked.refusalOf(token)).toBeNull();
    clock.advance(1);
    expect((await checked.refusalOf(token))?.extensions.code).toBe('UNAUTHENTICATED');
    expect(await checked.refusalOf(await sign(next))).toBeNull();
  });

  it('a token of an unknown key that brings new keys puts an end to what was verified with the old ones', async () => {
    const [old, next] = await Promise.all([createSigner('ES256'), createSigner('ES256')]);
    const clock = createManualClock();
    await using checked = await openChecked(publish([old.jwk]), { clock });
    const token = await sign(old);
    for (let time = 0; time < 3; time += 1) expect(await checked.refusalOf(token)).toBeNull();
    checked.keyServer.answer(publish([next.jwk]));
    clock.advance(60_000);
    expect(await checked.refusalOf(token)).toBeNull();
    expect(await checked.refusalOf(await sign(next))).toBeNull();
    expect((await checked.refusalOf(token))?.extensions.code).toBe('UNAUTHENTICATED');
  });

  it('while the key server is down, verified tokens pass, and the keys are asked for again', async () => {
    const clock = createManualClock();
    const signer = await createSigner('ES256');
    await using checked = await openChecked(publish([signer.jwk]), { clock });
    const token = await sign(signer);
    expect(await checked.refusalOf(token)).toBeNull();
    checked.keyServer.answer(reply(503, ''));
    clock.advance(REFRESH_AFTER);
    const before = checked.keyServer.fetches();
    for (let time = 0; time < 3; time += 1) expect(await checked.refusalOf(token)).toBeNull();
    expect(checked.keyServer.fetches()).toBe(before + 1);
  });
});
