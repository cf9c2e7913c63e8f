import { createSecretKey } from 'node:crypto';
import { exportSPKI, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../support/clock.ts';
import type { CheckedOptions, Signer } from '../support/key-server.ts';
import { AUDIENCE, createSigner, ISSUER, openChecked, publish, sign } from '../support/key-server.ts';
import { meetingNumber } from '../support/upstream.ts';

const QUERY = `{ syncMeeting(id: "${meetingNumber(1)}") { id } }`;

/** A gateway whose key server publishes some keys; a refusal of it is UNAUTHENTICATED and comes as its message. */
async function openPublished(signers: readonly Pick<Signer, 'jwk'>[], options?: CheckedOptions) {
  const checked = await openChecked(publish(signers.map(({ jwk }) => jwk)), options);
  return {
    ...checked,
    async refusalOf(token: string): Promise<string | null> {
      const error = await checked.refusalOf(token);
      if (error === null) return null;
      expect(error.extensions.code).toBe('UNAUTHENTICATED');
      return error.message;
    },
  };
}

let rsa: Signer;
let others: readonly Signer[];
beforeAll(async () => {
  [rsa, ...others] = await Promise.all([
    createSigner('RS256'),
    createSigner('ES256'),
    createSigner('EdDSA'),
    createSigner('PS256'),
  ]);
});

it('a token of each kind of key passes, and keys are fetched once for all requests', async () => {
  await using checked = await openPublished([rsa, ...others]);
  for (const signer of [rsa, ...others, rsa]) {
    expect(await checked.refusalOf(await sign(signer))).toBeNull();
  }
  expect(checked.keyServer.fetches()).toBe(1);
});

it('requests that come all at once fetch the keys once', async () => {
  await using checked = await openPublished([rsa]);
  const token = await sign(rsa);
  const headers = { 'ocp-apim-subscription-key': 'sandbox-key', authorization: `Bearer ${token}` };
  const answers = await Promise.all(Array.from({ length: 20 }, () => checked.world.ask(QUERY, { headers })));
  expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  expect(checked.keyServer.fetches()).toBe(1);
});

describe('a token is refused without a call', () => {
  const CANNOT = 'The token cannot be verified. Sign in again';
  const NOT_MEANT = (claim: string) =>
    `The token is not meant for this gateway: its "${claim}" does not fit.`;

  it.each<[string, () => Promise<string>, string]>([
    [
      'that was signed by another key',
      async () => sign({ ...(await createSigner('RS256')), kid: rsa.kid }),
      CANNOT,
    ],
    [
      'that was changed',
      async () => (await sign(rsa)).replace(/\.[^.]+\./, `.${btoa('{"exp":9e9}')}.`.replaceAll('=', '')),
      CANNOT,
    ],
    ['that has no signature', async () => (await sign(rsa)).replace(/[^.]*$/, ''), CANNOT],
    ['of alg none', async () => new UnsecuredJWT({ exp: 9e9, iss: ISSUER, aud: AUDIENCE }).encode(), CANNOT],
    [
      'signed in HS256 with the public key as the secret',
      async () =>
        sign({
          alg: 'HS256',
          kid: rsa.kid,
          privateKey: createSecretKey(Buffer.from(await exportSPKI(rsa.publicKey))),
        }),
      CANNOT,
    ],
    ['under a kid that nobody knows', async () => sign({ ...rsa, kid: 'unknown' }), CANNOT],
    ['that is opaque', async () => 'opaque', CANNOT],
    ['that is three parts of nothing', async () => 'a.b.c', CANNOT],
    ['of another issuer', async () => sign(rsa, { iss: 'https://evil.example' }), NOT_MEANT('iss')],
    ['for another audience', async () => sign(rsa, { aud: 'another' }), NOT_MEANT('aud')],
    ['that never expires', async () => sign(rsa, { expiresIn: null }), NOT_MEANT('exp')],
    ['that has expired', async () => sign(rsa, { expiresIn: -60 }), 'The token has expired. Sign in again'],
  ])('%s', async (_what, tokenOf, message) => {
    await using checked = await openPublished([rsa]);
    expect(await checked.refusalOf(await tokenOf())).toContain(message);
  });
});

it.each([
  ['is refused without a call', {}, 'UNAUTHENTICATED', 0],
  ['is taken with ALLOW_ANONYMOUS', { ALLOW_ANONYMOUS: 'true' }, undefined, 1],
])('a key of the caller without a token %s', async (_what, env, code, calls) => {
  const { jwk } = await createSigner('ES256');
  await using checked = await openChecked(publish([jwk]), { env });
  const { errors } = await checked.world.ask(`{ syncMeeting(id: "${meetingNumber(1)}") { id } }`, {
    headers: { 'ocp-apim-subscription-key': 'sandbox-key' },
  });
  expect(errors[0]?.extensions.code).toBe(code);
  expect(checked.world.sandbox.hits).toHaveLength(calls);
});

it('a token that has just expired still passes: clocks differ', async () => {
  await using checked = await openPublished([rsa]);
  expect(await checked.refusalOf(await sign(rsa, { expiresIn: -5 }))).toBeNull();
});

it('a token without kid passes if any key of its type has signed it', async () => {
  const others = await Promise.all([createSigner('RS256'), createSigner('RS256')]);
  const token = await new SignJWT({ iss: ISSUER, aud: AUDIENCE, exp: 9e9 })
    .setProtectedHeader({ alg: 'RS256' })
    .sign(rsa.privateKey);
  for (const signers of [[rsa], [rsa, ...others], [...others, rsa]]) {
    await using checked = await openPublished(signers);
    expect(await checked.refusalOf(token)).toBeNull();
  }
  await using without = await openPublished(others);
  expect(await without.refusalOf(token)).toContain('cannot be verified');
});

describe('a kid that several keys have', () => {
  it('is that of a token which any of them has signed', async () => {
    const other = { ...(await createSigner('RS256')), kid: rsa.kid };
    const published = [rsa, { jwk: { ...other.jwk, kid: rsa.kid } }];
    for (const signers of [published, published.toReversed()]) {
      await using checked = await openPublished(signers);
      expect(await checked.refusalOf(await sign(rsa))).toBeNull();
      expect(await checked.refusalOf(await sign(other))).toBeNull();
      const forged = sign({ ...(await createSigner('RS256')), kid: rsa.kid });
      expect(await checked.refusalOf(await forged)).toContain('cannot be verified');
      expect(await checked.refusalOf(await sign(rsa, { expiresIn: -60 }))).toContain('expired');
      expect(checked.keyServer.fetches()).toBe(1);
    }
  });

  it('is that of a key which can be used where another is broken', async () => {
    await using checked = await openPublished([{ jwk: { ...rsa.jwk, n: '!' } }, rsa]);
    expect(await checked.refusalOf(await sign(rsa))).toBeNull();
  });
});

it('keys with a shared secret among them are not used as such', async () => {
  const secret = Buffer.alloc(32, 1);
  await using checked = await openPublished([
    { jwk: { kty: 'oct', kid: 'shared', alg: 'HS256', k: secret.toString('base64url') } },
    rsa,
  ]);
  const token = await sign({ alg: 'HS256', kid: 'shared', privateKey: createSecretKey(secret) });
  expect(await checked.refusalOf(token)).toContain('cannot be verified');
});

describe('a new key', () => {
  it('is picked up five seconds after the last look, and made-up ones cost one look each five seconds', async () => {
    const clock = createManualClock();
    await using checked = await openPublished([rsa], { clock });
    expect(await checked.refusalOf(await sign(rsa))).toBeNull();
    const renewed = await createSigner('RS256');
    checked.keyServer.answer(publish([renewed.jwk]));
    for (const passing of [0, 4_999, 0]) {
      clock.advance(passing);
      expect(await checked.refusalOf(await sign({ ...rsa, kid: `made up ${passing}` }))).toContain(
        'cannot be',
      );
    }
    expect(checked.keyServer.fetches()).toBe(1);
    clock.advance(1);
    expect(await checked.refusalOf(await sign(renewed))).toBeNull();
    expect(await checked.refusalOf(await sign(rsa))).toContain('cannot be verified');
    expect(checked.keyServer.fetches()).toBe(2);
  });

  it('takes the place of one that was withdrawn ten minutes after the last look', async () => {
    const clock = createManualClock();
    await using checked = await openPublished([rsa], { clock });
    const token = await sign(rsa);
    expect(await checked.refusalOf(token)).toBeNull();
    checked.keyServer.answer(publish([(await createSigner('RS256')).jwk]));
    clock.advance(10 * 60_000 - 1);
    expect(await checked.refusalOf(token)).toBeNull();
    clock.advance(1);
    expect(await checked.refusalOf(token)).toContain('cannot be verified');
  });
});

it('a key server is not asked for a token that no key could make good', async () => {
  const clock = createManualClock();
  await using checked = await openPublished([rsa], { clock });
  // A known key: those fetched at the start are there.
  expect(await checked.refusalOf(await sign(rsa))).toBeNull();
  clock.advance(5_000);
  await checked.refusalOf('opaque');
  await checked.refusalOf(new UnsecuredJWT({ exp: 9e9 }).encode());
  expect(checked.keyServer.fetches()).toBe(1);
});
