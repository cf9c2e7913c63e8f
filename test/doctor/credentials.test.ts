import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { scenarioId } from '../../sandbox/scenarios.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { diagnose, firstFailure } from '../support/doctor.ts';
import {
  AUDIENCE,
  createSigner,
  hang,
  ISSUER,
  publish,
  reply,
  sign,
  startKeyServer,
} from '../support/key-server.ts';
import { idOf, meetingNumber } from '../support/upstream.ts';

const signer = await createSigner('ES256');
const stranger = await createSigner('ES256');

describe('the key of the gateway', () => {
  it('that is not valid is what has to be corrected', async () => {
    await using sandbox = await startSandbox();
    const diagnosis = await diagnose({ UPSTREAM_URL: sandbox.url, UPSTREAM_SUBSCRIPTION_KEY: 'canary-key' });
    expect(firstFailure(diagnosis)).toBe('subscription-key');
    expect(diagnosis.lines['subscription-key']).toContain(
      'HTTP 401: the subscription key is not valid. Set UPSTREAM_SUBSCRIPTION_KEY',
    );
    expect(diagnosis.output).not.toContain('canary');
  });

  it('is that of a caller where the gateway has none', async () => {
    await using sandbox = await startSandbox();
    const env = {
      UPSTREAM_URL: sandbox.url,
      DOCTOR_TOKEN: 'token',
      DOCTOR_SUBSCRIPTION_KEY: 'sandbox-caller',
    };
    const diagnosis = await diagnose(env, { meetingId: meetingNumber(1) });
    expect(diagnosis.lines['subscription-key']).toContain('DOCTOR_SUBSCRIPTION_KEY is accepted');
    expect(diagnosis.lines['sync']).toMatch(/^✓.*a meeting in \d+ ms, as documented/);
    expect(sandbox.hits.at(-1)?.headers).toMatchObject({
      authorization: 'Bearer token',
      'ocp-apim-subscription-key': 'sandbox-caller',
    });
  });

  it.each([
    [{}, 'there is no subscription key to call with'],
    [{ DOCTOR_SUBSCRIPTION_KEY: 'sandbox-caller' }, /✓ .*a meeting/],
    [{ UPSTREAM_SUBSCRIPTION_KEY: 'sandbox-own' }, 'there is no token to call with'],
    [{ UPSTREAM_SUBSCRIPTION_KEY: 'sandbox-own', ALLOW_ANONYMOUS: 'true' }, /✓ .*a meeting/],
  ])('and a token are needed for a sync as for a query: %j', async (env, line) => {
    await using sandbox = await startSandbox();
    const { lines } = await diagnose({ UPSTREAM_URL: sandbox.url, ...env }, { meetingId: meetingNumber(1) });
    expect(lines['sync']).toMatch(line);
  });

  it('that is not needed is not checked, nor is a sync that nobody asked for', async () => {
    await using sandbox = await startSandbox();
    const { lines } = await diagnose({ UPSTREAM_URL: sandbox.url });
    expect(lines['subscription-key']).toMatch(/^– .*callers send their own keys/);
    expect(lines['sync']).toMatch(/^– .*no meeting id was given/);
    expect(sandbox.hits).toHaveLength(1);
  });
});

describe('the keys that sign tokens', () => {
  it('are fetched', async () => {
    await using sandbox = await startSandbox();
    await using keyServer = await startKeyServer(publish([signer.jwk]));
    const { lines } = await diagnose({ UPSTREAM_URL: sandbox.url, JWT_JWKS_URL: keyServer.url });
    expect(lines['signing-keys']).toMatch(/^✓ Signing keys {5}fetched from 127\.0\.0\.1:\d+$/);
    expect(keyServer.fetches()).toBe(1);
  });

  it.each([
    ['is out of order', reply(500, 'canary'), 'status 500'],
    ['is a web page', reply(200, '<html>canary</html>'), 'not JSON'],
    ['is something else', reply(200, '{"canary":1}'), 'not a JSON Web Key Set'],
    ['is empty', publish([]), 'not a JSON Web Key Set'],
    ['is endless', reply(200, 'canary'.repeat(20_000)), 'larger than 65536 bytes'],
    ['hangs', hang, 'no answer in time'],
  ])('cannot be fetched from a server that %s', async (_, listener, reason) => {
    await using sandbox = await startSandbox();
    await using keyServer = await startKeyServer(listener);
    const diagnosis = await diagnose({
      UPSTREAM_URL: sandbox.url,
      JWT_JWKS_URL: keyServer.url,
      DOCTOR_TOKEN: 'canary',
      ...(listener === hang ? { REQUEST_TIMEOUT_MS: '1000', UPSTREAM_ATTEMPT_TIMEOUT_MS: '900' } : {}),
    });
    expect(firstFailure(diagnosis)).toBe('signing-keys');
    expect(diagnosis.lines['signing-keys']).toContain(reason);
    expect(diagnosis.lines['token']).toContain('not checked: Signing keys failed');
    expect(diagnosis.output).not.toContain('canary');
  });

  it('cannot be fetched from a server that is down, and a proxy that Node.js does not use is mentioned', async () => {
    await using sandbox = await startSandbox();
    const diagnosis = await diagnose({
      UPSTREAM_URL: sandbox.url,
      JWT_JWKS_URL: 'http://127.0.0.1:9/keys',
      HTTPS_PROXY: 'http://canary:canary@127.0.0.1:9',
    });
    expect(diagnosis.lines['signing-keys']).toMatch(
      /cannot be fetched from 127\.0\.0\.1:9: no answer.*NODE_USE_ENV_PROXY/,
    );
    expect(diagnosis.output).not.toContain('canary');
  });
});

describe('the token', () => {
  const check = async (token: string, keys = [signer.jwk], env: Readonly<Record<string, string>> = {}) => {
    await using sandbox = await startSandbox();
    await using keyServer = await startKeyServer(publish(keys));
    const diagnosis = await diagnose({
      UPSTREAM_URL: sandbox.url,
      JWT_JWKS_URL: keyServer.url,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
      DOCTOR_TOKEN: token,
      ...env,
    });
    for (const part of token.split(/[. ]/).filter(text => text.length > 8))
      expect(diagnosis.output).not.toContain(part);
    return diagnosis.lines['token'];
  };

  it('that is good is verified, with or without the name of its scheme', async () => {
    const token = await sign(signer);
    const line = /^✓ Token {12}verified; valid for another 60 min$/;
    expect(await check(token)).toMatch(line);
    expect(await check(`Bearer ${token}`)).toMatch(line);
  });

  it.each<[string, () => Promise<string>, string]>([
    ['has expired', () => sign(signer, { expiresIn: -3600 }), 'it expired 60 min ago'],
    ['never expires', () => sign(signer, { expiresIn: null }), 'it does not say when it expires ("exp")'],
    ['is of another issuer', () => sign(signer, { iss: 'canary' }), 'its "iss" is not JWT_ISSUER'],
    ['is for another audience', () => sign(signer, { aud: 'canary' }), 'its "aud" is not JWT_AUDIENCE'],
    [
      'is signed by an unknown key',
      () => sign(stranger),
      'it is signed with a key that is not in the key set',
    ],
    [
      'has another signature',
      () => sign({ ...stranger, kid: signer.kid }),
      'its signature does not fit the key of the key set',
    ],
    ['is no JWT', async () => 'opaque-canary-token', 'it is not a signed JWT'],
    ['cannot stand in a header', async () => 'opaque canary\ntoken', 'it is not a Bearer token'],
  ])('that %s', async (_, create, found) => {
    const line = await check(await create());
    expect(line).toMatch(/^✗ /);
    expect(line).toContain(found);
  });

  it('whose key is too weak to be used is not to blame for it', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const weak = { ...publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256', use: 'sig' };
    const good = await createSigner('RS256');
    const token = await sign({ alg: 'RS256', kid: 'weak', privateKey: good.privateKey });
    expect(await check(token, [weak])).toContain('its key in the key set cannot be used');
  });

  it('is not verified where LumiNUS alone does so, but for its expiry', async () => {
    await using sandbox = await startSandbox();
    const env = { UPSTREAM_URL: sandbox.url };
    const good = await diagnose({ ...env, DOCTOR_TOKEN: await sign(stranger) });
    expect(good.lines['token']).toMatch(/^✓ .*valid for another 60 min; its signature is not verified here/);
    const expired = await diagnose({ ...env, DOCTOR_TOKEN: await sign(stranger, { expiresIn: -3600 }) });
    expect(expired.lines['token']).toMatch(/^✗ .*it expired 60 min ago/);
    expect(firstFailure(await diagnose({ ...env, DOCTOR_TOKEN: 'opaque' }))).toBeNull();
  });

  it('that was refused leaves the sync out', async () => {
    await using sandbox = await startSandbox();
    const env = {
      UPSTREAM_URL: sandbox.url,
      UPSTREAM_SUBSCRIPTION_KEY: 'sandbox-own',
      DOCTOR_TOKEN: await sign(signer, { expiresIn: -3600 }),
    };
    const { lines } = await diagnose(env, { meetingId: idOf(scenarioId(403)) });
    expect(lines['sync']).toContain('not checked: Token failed');
  });
});
