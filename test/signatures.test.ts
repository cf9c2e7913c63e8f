import { createSecretKey, type KeyObject, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { JWK } from 'jose';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { listen } from './support/http.ts';
import { meetingNumber } from './support/upstream.ts';
import { openWorld } from './support/world.ts';

const QUERY = `{ syncMeeting(id: "${meetingNumber(1)}") { id } }`;
const ISSUER = 'https://sts.example';
const AUDIENCE = 'luminus';

interface Signer {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

async function createSigner(alg: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const kid = randomUUID();
  return { alg, kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

interface Claims {
  readonly iss?: string;
  readonly aud?: string;
  /** Seconds from now; null for none at all. */
  readonly expiresIn?: number | null;
}

function sign(
  {
    alg,
    kid,
    privateKey,
  }: Omit<Signer, 'privateKey' | 'publicKey' | 'jwk'> & {
    readonly privateKey: CryptoKey | KeyObject;
  },
  { iss = ISSUER, aud = AUDIENCE, expiresIn = 3600 }: Claims = {},
): Promise<string> {
  const token = new SignJWT({}).setProtectedHeader({ alg, kid }).setIssuer(iss).setAudience(aud);
  return (
    expiresIn === null ? token : token.setExpirationTime(Math.floor(Date.now() / 1000) + expiresIn)
  ).sign(privateKey);
}

/** A server of keys; it answers with what `keys` holds at the moment, or not at all while it is null. */
async function startKeyServer(keys: JWK[] | null) {
  let fetches = 0;
  const state = { keys };
  const server = createServer((_request, response) => {
    fetches += 1;
    if (state.keys === null) return;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: state.keys }));
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/keys`,
    fetches: () => fetches,
    publish: (published: JWK[]) => {
      state.keys = published;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** A gateway that checks signatures against a server of keys. */
async function openChecked(keys: JWK[] | null, env: Readonly<Record<string, string>> = {}) {
  const keyServer = await startKeyServer(keys);
  const world = await openWorld({
    env: { JWT_JWKS_URL: keyServer.url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE, ...env },
  });
  return {
    keyServer,
    world,
    /** The message a token is refused with; null when it is taken and goes upstream as it is. */
    async refusalOf(token: string | null): Promise<string | null> {
      world.sandbox.clear();
      const { errors } = await world.ask(QUERY, {
        headers: {
          'ocp-apim-subscription-key': 'sandbox-key',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
      });
      const [error] = errors;
      if (error === undefined) {
        expect(world.sandbox.hits.map(hit => hit.headers.authorization)).toEqual([`Bearer ${token}`]);
        return null;
      }
      expect([error.extensions.code, world.sandbox.hits.length]).toEqual(['UNAUTHENTICATED', 0]);
      return error.message;
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await keyServer[Symbol.asyncDispose]();
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
  await using checked = await openChecked([rsa, ...others].map(({ jwk }) => jwk));
  for (const signer of [rsa, ...others, rsa]) {
    expect(await checked.refusalOf(await sign(signer))).toBeNull();
  }
  expect(checked.keyServer.fetches()).toBe(1);
});

it('requests that come all at once fetch the keys once', async () => {
  await using checked = await openChecked([rsa.jwk]);
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
    await using checked = await openChecked([rsa.jwk]);
    expect(await checked.refusalOf(await tokenOf())).toContain(message);
  });
});

it('a token that has just expired still passes: clocks differ', async () => {
  await using checked = await openChecked([rsa.jwk]);
  expect(await checked.refusalOf(await sign(rsa, { expiresIn: -5 }))).toBeNull();
});

it('a token without kid passes if one key fits, and is refused if several do', async () => {
  await using checked = await openChecked([rsa.jwk]);
  const token = await new SignJWT({ iss: ISSUER, aud: AUDIENCE, exp: 9e9 })
    .setProtectedHeader({ alg: 'RS256' })
    .sign(rsa.privateKey);
  expect(await checked.refusalOf(token)).toBeNull();
  await using ambiguous = await openChecked([rsa.jwk, (await createSigner('RS256')).jwk]);
  expect(await ambiguous.refusalOf(token)).toContain('cannot be verified');
});

it('keys with a shared secret among them are not used as such', async () => {
  const secret = Buffer.alloc(32, 1);
  await using checked = await openChecked([
    { kty: 'oct', kid: 'shared', alg: 'HS256', k: secret.toString('base64url') },
    rsa.jwk,
  ]);
  const token = await sign({ alg: 'HS256', kid: 'shared', privateKey: createSecretKey(secret) });
  expect(await checked.refusalOf(token)).toContain('cannot be verified');
});

describe('a new key', () => {
  it('is picked up five seconds after the last look, and made-up ones cost one look each five seconds', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      await using checked = await openChecked([rsa.jwk]);
      expect(await checked.refusalOf(await sign(rsa))).toBeNull();
      const renewed = await createSigner('RS256');
      checked.keyServer.publish([renewed.jwk]);
      for (let n = 0; n < 3; n += 1) {
        expect(await checked.refusalOf(await sign({ ...rsa, kid: `made up ${n}` }))).toContain('cannot be');
      }
      expect(checked.keyServer.fetches()).toBe(1);
      vi.setSystemTime(Date.now() + 5_000);
      expect(await checked.refusalOf(await sign(renewed))).toBeNull();
      expect(await checked.refusalOf(await sign(rsa))).toContain('cannot be verified');
      expect(checked.keyServer.fetches()).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a server of keys', () => {
  const UNCHECKED = 'The token cannot be checked right now: the server with the keys does not answer.';

  it('that is down: refused, clearly, until it is back', async () => {
    await using checked = await openChecked([rsa.jwk], { JWT_JWKS_URL: 'http://127.0.0.1:1/keys' });
    expect(await checked.refusalOf(await sign(rsa))).toContain(UNCHECKED);
  });

  it('that hangs: refused, clearly, within the time a request has', async () => {
    await using checked = await openChecked(null, {
      REQUEST_TIMEOUT_MS: '300',
      UPSTREAM_ATTEMPT_TIMEOUT_MS: '200',
    });
    expect(await checked.refusalOf(await sign(rsa))).toContain(UNCHECKED);
    checked.keyServer.publish([rsa.jwk]);
    expect(await checked.refusalOf(await sign(rsa))).toBeNull();
  });

  it('is not asked for a token that no key could make good', async () => {
    await using checked = await openChecked([rsa.jwk]);
    await checked.refusalOf('opaque');
    await checked.refusalOf(new UnsecuredJWT({ exp: 9e9 }).encode());
    expect(checked.keyServer.fetches()).toBe(0);
  });
});
